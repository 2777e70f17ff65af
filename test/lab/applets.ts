/**
 * Which of busybox's applets do here what they do under qemu: `npm run applets -- BUSYBOX [APPLET...]`, with a static mipsel
 * busybox (Debian's busybox-static). Standard output, status and the folder left behind are compared.
 */

import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadElf } from "../../shared/recompiler/elf/index.ts";
import { liftShard, linkShards } from "../../shared/recompiler/lift/index.ts";
import { discoverFunctions } from "../../shared/recompiler/mips/discover.ts";
import { hostClock, hostRandomness } from "../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../shared/recompiler/runtime/host.ts";
import { hostFiles } from "../../shared/recompiler/runtime/host-files.ts";
import { layoutProcess } from "../../shared/recompiler/runtime/layout.ts";
import { syscallName } from "../../shared/recompiler/runtime/syscalls/names.ts";
import { COMMANDS } from "./applets/commands.ts";

/** Before a linked program and its arguments: what this file does in a process that it starts. */
const PROGRAM = "--program";
const SELF = process.argv[1]!;

const [binary, ...only] = process.argv.slice(2);
if (binary === undefined) {
  console.error("Usage: npm run applets -- BUSYBOX [APPLET...]");
  process.exit(2);
}
if (binary === PROGRAM) {
  const [place = "", ...args] = only;
  const start = JSON.parse(readFileSync(`${place}.json`, "utf8"));
  // In this thread, compiled as it goes: a command takes less time than the module takes to be compiled for speed.
  const outcome = runModule(
    readFileSync(place),
    { ...start, args: ["busybox", ...args], env: [] },
    {
      files: hostFiles({ args, root: process.cwd(), isRootWritable: true }),
      clock: hostClock,
      randomness: hostRandomness,
    },
  );
  const missing = outcome.unknownSyscalls.map(({ number }) => syscallName(number) ?? String(number));
  const obstacles = [...missing, ...(outcome.kind === "trap" ? [outcome.message] : [])];
  if (obstacles.length > 0) console.error(`applets: ${obstacles.join(", ")}`);
  process.exit(outcome.kind === "exit" ? outcome.status : 128 + (outcome.signal ?? 0));
}

/** What a command came to. */
interface Outcome {
  readonly stdout: string;
  readonly status: number;
  /** Of each path that was left behind: its kind, its mode and its content. */
  readonly folder: readonly string[];
  /** What stood in the way, where that is known. */
  readonly obstacle: string;
}

const scratch = realpathSync(mkdtempSync(join(tmpdir(), "restep-applets-")));
const folder = join(scratch, "folder");

function contentOf(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const status = lstatSync(join(path, name));
      const content = status.isFile() ? readFileSync(join(path, name), "latin1") : "";
      return `${name} ${status.mode.toString(8)} ${content}`;
    });
}

/** Runs a command in a folder of the same files each time. */
function inFolder(run: () => Omit<Outcome, "folder">): Outcome {
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "text"), "one two\nthree\nTwo one\nfour 4\n\nthree\n");
  writeFileSync(join(folder, "numbers"), "10\n9\n2\n33\n1\n");
  writeFileSync(join(folder, "sub", "inner"), "inner\n");
  try {
    const outcome = run();
    return { ...outcome, folder: contentOf(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const MILLISECONDS = 10_000;

function emulated(args: readonly string[], input: string): Outcome {
  return inFolder(() => {
    const ended = spawnSync("qemu-mipsel", [resolve(binary!), ...args], {
      cwd: folder,
      input,
      encoding: "latin1",
      timeout: MILLISECONDS,
    });
    return { stdout: ended.stdout, status: ended.status ?? -1, obstacle: "" };
  });
}

const image = loadElf(readFileSync(binary), binary);
const layout = layoutProcess(image);
const functions = discoverFunctions(image);
const shards = [liftShard({ image, layout, functions, members: functions }).module];
const program = join(scratch, "program.wasm");
writeFileSync(program, linkShards({ image, layout, functions, shards }));
writeFileSync(`${program}.json`, JSON.stringify({ layout, endianness: image.endianness, entry: image.entry }));

/** In a process of its own: it may wait for ever. */
function recompiled(args: readonly string[], input: string): Outcome {
  return inFolder(() => {
    const ended = spawnSync(process.execPath, [SELF, PROGRAM, program, ...args], {
      cwd: folder,
      input,
      encoding: "latin1",
      timeout: MILLISECONDS,
      killSignal: "SIGKILL",
    });
    const obstacle = /^applets: (.*)$/m.exec(ended.stderr)?.[1] ?? "";
    return { stdout: ended.stdout, status: ended.status ?? -1, obstacle };
  });
}

let equal = 0;
const different: string[] = [];
const chosen = COMMANDS.filter(({ args: [applet] }) => only.length === 0 || only.includes(applet!));
try {
  for (const { args, input = "" } of chosen) {
    const [expected, found] = [emulated(args, input), recompiled(args, input)];
    const parts = (["status", "stdout", "folder"] as const).filter(
      (part) => JSON.stringify(expected[part]) !== JSON.stringify(found[part]),
    );
    if (parts.length === 0) equal++;
    else {
      const [first] = parts;
      const shown = [expected, found].map((each) => JSON.stringify(each[first!]).slice(0, 200)).join(" | ");
      different.push(`${args.join(" ")}: ${parts.join(", ")}${found.obstacle && ` (${found.obstacle})`}: ${shown}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const line of different) console.log(line);
console.log(`${equal} of ${chosen.length} commands are equal`);
