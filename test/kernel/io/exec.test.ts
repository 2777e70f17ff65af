import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ExecRequest } from "../../../shared/contracts/facts.ts";
import { ExecSettings } from "../../../shared/contracts/io-settings.ts";
import { execProgram, execTransport } from "../../../shared/kernel/io/exec.ts";
import { createProgramDigest } from "../../../shared/kernel/io/programs.ts";
import { recordedRun, rejection } from "./support.ts";

const NODE = realpathSync(process.execPath);
const PROCESS_MODULE = new URL("../../../shared/kernel/io/process.ts", import.meta.url).href;

type Allowed = { name: string; program: string; args_prefix?: string[]; sha256?: string };

const PROGRAMS: Allowed[] = [
  { name: "node", program: NODE, args_prefix: ["-e"] },
  { name: "cat", program: "/bin/cat" },
];

/** One for all: Node is a hundred megabytes, which are read once. */
const digest = createProgramDigest();

/** A live run with these settings. */
async function live(settings: Partial<Omit<ExecSettings, "allow">> & { allow?: Allowed[] } = {}, variables = {}) {
  const run = await recordedRun();
  const exec = execTransport(ExecSettings.parse({ allow: PROGRAMS, ...settings }), {
    environment: (name) => (variables as Record<string, string>)[name],
    digest,
    artifacts: run.stores.artifacts,
  });
  const io = run.live({ transports: { exec } });
  const node = (script: string, more: Partial<ExecRequest> = {}) =>
    execProgram(io, "call", { program: "node", args: [script], ...more });
  return { run, io, node };
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "restep-test-"));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A server on this machine: a process that connects to it shows that it lives, and by hanging up that it does not. */
async function witness(): Promise<{ port: number; next(): Promise<Socket> }> {
  const server: Server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    next: async () => {
      const [socket] = (await once(server, "connection")) as [Socket];
      socket.on("error", () => {}).resume();
      return socket;
    },
  };
}

/** A script that starts another process, which connects to the witness and never ends; then does `then`. */
function parentOf(port: number, then: string): string {
  const child = `require("net").connect(${port}, "127.0.0.1"); setInterval(() => {}, 1000)`;
  return `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" }); ${then}`;
}

describe("a program that is allowed", () => {
  it("finds the files it was given in the folder it works in, and may run them", async () => {
    const { run, io } = await live({ allow: [{ name: "sh", program: "/bin/sh", args_prefix: ["-c"] }] });
    const artifact = await run.stores.artifacts.put("other", Buffer.from("#!/bin/sh\necho from a file\n"));
    const files = [{ path: "tool.sh", artifact }];
    const response = await execProgram(io, "call", { program: "sh", args: ["ls; ./tool.sh"], files });
    expect(response).toMatchObject({ exit_status: 0, stdout: "tool.sh\nfrom a file\n" });
    const outside = [{ path: "../tool.sh", artifact }];
    await expect(execProgram(io, "other", { program: "sh", args: ["ls"], files: outside })).rejects.toMatchObject({
      name: "ValidationFailed",
    });
  });

  it("gives its exit status, its output and its own hash", async () => {
    const { node, run } = await live();
    const response = await node('console.log("out"); console.error("err"); process.exitCode = 3');
    expect(response).toMatchObject({ exit_status: 3, stdout: "out\n", stderr: "err\n", environment: {} });
    expect(response.program_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(response).not.toHaveProperty("signal");
    const replayed = execProgram(run.replay(), "call", {
      program: "node",
      args: ['console.log("out"); console.error("err"); process.exitCode = 3'],
    });
    expect(await replayed).toEqual(response);
  });

  it("reads what it is given, to the end", async () => {
    const { io } = await live();
    const stdin = "ä\n".repeat(100_000);
    expect((await execProgram(io, "full", { program: "cat", args: [], stdin })).stdout).toBe(stdin);
    expect((await execProgram(io, "empty", { program: "cat", args: [] })).stdout).toBe("");
  });

  it("need not read what it is given", async () => {
    const { node } = await live();
    expect(await node("", { stdin: "x".repeat(1_000_000) })).toMatchObject({ exit_status: 0 });
  });

  it("gives bytes that are not text as Base64", async () => {
    const { node } = await live();
    const { stdout } = await node("process.stdout.write(Buffer.from([0xff, 0x00, 0xfe]))");
    expect(stdout).toEqual({ base64: "/wD+" });
  });

  it("is not given to a shell", async () => {
    const { node } = await live();
    const args = ["console.log(JSON.stringify(process.argv.slice(1)))", "$HOME", "`id`", "; exit 7", "*"];
    expect(JSON.parse(String((await node("", { args })).stdout))).toEqual(args.slice(1));
  });

  it("tells which signal ended it", async () => {
    const { node } = await live();
    expect(await node('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)')).toMatchObject({
      exit_status: null,
      signal: "SIGTERM",
    });
  });

  it("works in an empty folder that is gone afterwards", async () => {
    const { node } = await live();
    const { stdout } = await node(
      'const fs = require("fs"); console.log(JSON.stringify([process.cwd(), fs.readdirSync(".")])); fs.mkdirSync("left/behind", { recursive: true })',
    );
    const [cwd, files] = JSON.parse(String(stdout));
    expect(files).toEqual([]);
    expect(existsSync(cwd)).toBe(false);
  });

  it("sees the allowed variables and no others, and they are on record", async () => {
    const variables = { LANG: "C", OTHER: "hidden" };
    const { node } = await live({ env_allowlist: ["LANG", "UNSET"] }, variables);
    const { stdout, environment } = await node("console.log(JSON.stringify(process.env))");
    expect(JSON.parse(String(stdout))).toEqual({ LANG: "C" });
    expect(environment).toEqual({ LANG: "C" });
  });
});

describe("a program that is refused", () => {
  it("is not in the allow list: the message says what is", async () => {
    const { io } = await live();
    const error = await rejection(execProgram(io, "call", { program: "rm", args: [] }));
    expect(error).toMatchObject({ name: "ProgramNotAllowed", code: "program_not_allowed", retryable: false });
    expect(error.message).toContain("it allows node, cat");
  });

  it("is not looked for by its path, nor in PATH", async () => {
    const { io } = await live();
    for (const [name, program] of Object.entries({ a: "/bin/cat", b: "sh", c: "../cat" })) {
      expect((await rejection(execProgram(io, name, { program, args: [] }))).name).toBe("ProgramNotAllowed");
    }
  });

  it("has an argument with a NUL", async () => {
    const { node } = await live();
    const error = await rejection(node("", { args: ["a\0b"] }));
    expect(error.name).toBe("ValidationFailed");
    expect(error.message).toContain("args.0");
  });

  it.each([
    ["is not there", () => join(folder(), "none"), "expected a program, found nothing"],
    ["is a folder", () => folder(), "expected a file, found something else"],
    [
      "is not executable",
      () => {
        const path = join(folder(), "text");
        writeFileSync(path, "#!/bin/sh\n", { mode: 0o644 });
        return path;
      },
      "expected a program that may be read and executed, found EACCES",
    ],
    [
      "names an interpreter that is not there",
      () => {
        const path = join(folder(), "script");
        writeFileSync(path, "#!/none/such\n", { mode: 0o755 });
        return path;
      },
      "expected the interpreter it names, found nothing",
    ],
    [
      "names an interpreter that is no program",
      () => {
        const [interpreter, path] = [join(folder(), "text"), join(folder(), "script")];
        writeFileSync(interpreter, "text", { mode: 0o644 });
        writeFileSync(path, `#!${interpreter}\n`, { mode: 0o755 });
        return path;
      },
      "expected a program of this system, found EACCES",
    ],
  ])("%s", async (_what, make, message) => {
    const { io } = await live({ allow: [{ name: "it", program: make() }] });
    const error = await rejection(execProgram(io, "call", { program: "it", args: [] }));
    expect(error).toMatchObject({ name: "ProgramUnusable", retryable: false });
    expect(error.message).toContain(message);
  });

  it("is another file than the config names, also once it was the right one", async () => {
    const program = join(folder(), "tool");
    copyFileSync("/bin/cat", program);
    chmodSync(program, 0o755);
    const { io } = await live({ allow: [{ name: "tool", program }] });
    const { program_sha256: sha256 } = await execProgram(io, "plain", { program: "tool", args: [] });
    const pinned = (await live({ allow: [{ name: "tool", program, sha256 }] })).io;
    expect(await execProgram(pinned, "right", { program: "tool", args: [] })).toMatchObject({ exit_status: 0 });
    writeFileSync(program, "#!/bin/sh\necho other\n");
    const error = await rejection(execProgram(pinned, "changed", { program: "tool", args: [] }));
    expect(error.name).toBe("ProgramUnusable");
    expect(error.message).toContain(`expected a file with SHA-256 ${sha256}`);
  });

  it("gets more arguments than the system passes", async () => {
    const { node } = await live();
    const error = await rejection(node("", { args: ["x".repeat(8_000_000)] }));
    expect(error.name).toBe("ProgramUnusable");
    expect(error.message).toContain("E2BIG");
  });
});

describe("a program at its limits", () => {
  it("is killed at its time limit, with all it started", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { port, next } = await witness();
    const { node } = await live({ timeout_ms: 5_000 });
    const connected = next();
    const failed = rejection(node(parentOf(port, "setInterval(() => {}, 1000)")));
    const grandchild = await connected;
    const died = once(grandchild, "close");
    vi.advanceTimersByTime(4_999);
    expect(grandchild.closed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await failed).toMatchObject({
      name: "ExecTimedOut",
      retryable: false,
      details: { program: "node", timeout_ms: 5_000 },
    });
    await died;
  });

  it("is not waited for where a process that left its group still holds its output", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { port, next } = await witness();
    const { node } = await live({ timeout_ms: 5_000 });
    const connected = next();
    const child = `require("net").connect(${port}, "127.0.0.1").on("close", () => process.exit()).resume()`;
    const options = '{ stdio: "inherit", detached: true }';
    const failed = rejection(
      node(`require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], ${options})`),
    );
    const runaway = await connected;
    vi.advanceTimersByTime(5_000);
    expect(await failed).toMatchObject({ name: "ExecTimedOut" });
    expect(runaway.closed).toBe(false);
    runaway.destroy();
  });

  it("can be given less time by a call, and not more", async () => {
    for (const [asked, given] of [
      [1_000, 1_000],
      [9_000, 5_000],
    ]) {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const { port, next } = await witness();
      const { node } = await live({ timeout_ms: 5_000 });
      const connected = next();
      const failed = rejection(node(parentOf(port, ""), { timeout_ms: asked! }));
      await connected;
      vi.advanceTimersByTime(given!);
      expect(await failed).toMatchObject({ name: "ExecTimedOut", details: { timeout_ms: given } });
      vi.useRealTimers();
    }
  });

  it.each(["stdout", "stderr"])("is killed when it writes too much to %s", async (stream) => {
    const { node } = await live({ max_output_bytes: 1_000 });
    const endless = `const go = () => process.${stream}.write("x".repeat(999) + "\\n", go); go()`;
    expect(await rejection(node(endless))).toMatchObject({
      name: "ExecOutputTooLarge",
      retryable: false,
      details: { program: "node", max_output_bytes: 1_000 },
    });
  });

  it("may write as much as it may, over both streams", async () => {
    const { node } = await live({ max_output_bytes: 1_000 });
    const script = (bytes: number) =>
      `process.stdout.write("o".repeat(600)); process.stderr.write("e".repeat(${bytes}))`;
    expect(await node(script(400))).toMatchObject({ exit_status: 0, stderr: "e".repeat(400) });
    const { node: other } = await live({ max_output_bytes: 1_000 });
    expect((await rejection(other(script(401)))).name).toBe("ExecOutputTooLarge");
  });

  it("leaves nobody behind when it ends", async () => {
    const [children, leaders] = [await witness(), await witness()];
    const { node } = await live();
    const connected = Promise.all([children.next(), leaders.next()]);
    const result = node(
      parentOf(children.port, `require("net").connect(${leaders.port}, "127.0.0.1").on("data", () => process.exit(5))`),
    );
    const [child, leader] = await connected;
    const died = once(child, "close");
    leader.write("end");
    expect(await result).toMatchObject({ exit_status: 5 });
    await died;
  });
});

describe("a program whose caller is killed", () => {
  it("is killed with it", async () => {
    const { port, next } = await witness();
    const start = {
      program: NODE,
      args: ["-e", parentOf(port, "setInterval(() => {}, 1000)")],
      env: {},
      cwd: tmpdir(),
    };
    const script = `
      import { runProcess } from ${JSON.stringify(PROCESS_MODULE)};
      await runProcess({ ...${JSON.stringify(start)}, stdin: new Uint8Array() }, { timeout: 900_000, output: 1000 });
    `;
    const connected = next();
    const caller = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: "ignore",
    });
    cleanups.push(() => caller.kill("SIGKILL"));
    const grandchild = await connected;
    const died = once(grandchild, "close");
    caller.kill("SIGKILL");
    await died;
  });
});
