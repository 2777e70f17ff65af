import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openStores } from "../../shared/stores/open.ts";
import { restepHere as restep } from "../support/command-line.ts";
import { lastLine, root, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
let cases = 0;

/** A copy of the sha256 example to spoil, with a store of its own. */
function example(): { path: string; manifest: string; store: string; artifact(ref: string): string } {
  const path = join(folder.path, `case${++cases}`);
  mkdirSync(path);
  cpSync(join(root, "examples/sha256/artifacts"), join(path, "artifacts"), { recursive: true });
  cpSync(join(root, "examples/sha256/manifest.json"), join(path, "manifest.json"));
  const artifact = (ref: string) => {
    const digits = ref.slice("artifact://".length);
    return join(path, "artifacts", digits.slice(0, 2), digits.slice(2));
  };
  return { path, manifest: join(path, "manifest.json"), store: join(path, "store"), artifact };
}

type Submission = Record<string, string>;

function edit(manifest: string, change: (submission: Submission) => Submission): void {
  writeFileSync(manifest, JSON.stringify(change(JSON.parse(readFileSync(manifest, "utf8")) as Submission)));
}

describe("a bad submission exits with 2, says what is wrong, and starts no run", () => {
  const rows: [string, (each: ReturnType<typeof example>) => void, RegExp][] = [
    ["no such file", ({ manifest }) => rmSync(manifest), /manifest\.json: cannot read the manifest \(ENOENT\)/],
    ["not JSON", ({ manifest }) => writeFileSync(manifest, "{"), /manifest\.json: expected JSON/],
    ["an unknown key", ({ manifest }) => edit(manifest, (s) => ({ ...s, lane: "x" })), /unknown key "lane"/],
    [
      "provenance left out",
      ({ manifest }) => edit(manifest, ({ provenance_manifest: _, ...rest }) => rest),
      /field provenance_manifest: .*missing/,
    ],
    [
      "a reference that is none",
      ({ manifest }) => edit(manifest, (s) => ({ ...s, config_manifest: "sha256:12" })),
      /field config_manifest: expected artifact:\/\/<sha256.*found "sha256:12"/,
    ],
    [
      "an artifact that is missing",
      ({ manifest, artifact }) => {
        const { config_manifest: ref } = JSON.parse(readFileSync(manifest, "utf8")) as Submission;
        rmSync(artifact(ref!));
      },
      /field config_manifest: expected artifact:\/\/[0-9a-f]{64} in the artifacts folder.*found it in neither/,
    ],
    [
      "an artifact whose bytes do not hash to its name",
      ({ manifest, artifact }) => {
        const { module_manifest: ref } = JSON.parse(readFileSync(manifest, "utf8")) as Submission;
        writeFileSync(artifact(ref!), "{}");
      },
      /module_manifest.*expected SHA-256 [0-9a-f]{64}, found SHA-256 [0-9a-f]{64}/s,
    ],
  ];
  it.each(rows)("%s", async (_name, spoil, message) => {
    const each = example();
    spoil(each);
    const finished = await restep(["run", each.manifest, "--store", each.store]);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(2);
    expect(names(join(each.store, "runs"))).toEqual([]);
  });

  it("refuses a run id that another submission has, and leaves that run as it is", async () => {
    const each = example();
    await restep(["run", each.manifest, "--store", each.store]);
    edit(each.manifest, (submission) => ({ ...submission, requested_by: "someone-else" }));
    const finished = await restep(["run", each.manifest, "--store", each.store]);
    expect(finished.stderr).toMatch(/exists with another submission/);
    expect(finished.code).toBe(2);
  }, 60_000);
});

describe("a hard gate", () => {
  it("fails the run with exit code 1 when the provenance does not tell of the binary, and nothing behind it runs", async () => {
    const path = join(folder.path, "unprovenanced");
    mkdirSync(path);
    const provenance = {
      schema_version: 1,
      title: { name: "something else" },
      collection: { device: "bench", tool: { name: "dd", version: "1" } },
      inputs: [{ path: "other.elf", sha256: "0".repeat(64), size: 1, format: "elf32", role: "binary" }],
      licence: "MIT",
    };
    writeFileSync(join(path, "provenance.json"), JSON.stringify(provenance));
    const binary = join(root, "examples/sha256/sha256-be.elf");
    const packed = await restep(["pack", binary, "-o", path, "--provenance", join(path, "provenance.json"), "--json"]);
    const { run_id: runId } = lastLine(packed);
    const store = join(path, "store");
    const finished = await restep(["run", join(path, "manifest.json"), "--store", store, "--json"]);
    expect(finished.code).toBe(1);
    expect(lastLine(finished)).toMatchObject({
      run_id: runId,
      state: "failed",
      error: "HardGateFailed",
      cause: expect.stringMatching(/field inputs: expected an entry of role "binary" with sha256 [0-9a-f]{64}/),
      steps: { completed: 0, failed: 1 },
      gates: [{ gate: "intake", kind: "hard", state: "failed", evidence: expect.stringMatching(/^artifact:/) }],
    });
    const [first, ...behind] = (lastLine(finished) as { stages: { stage: string; state: string }[] }).stages;
    expect(first).toMatchObject({ stage: "intake", state: "failed" });
    expect(behind.map(({ state }) => state)).toEqual(behind.map(() => "skipped"));
    expect((await restep(["exec", String(runId), "--store", store])).code).toBe(2);
    expect((await restep(["verify", String(runId), "--store", store])).code).toBe(0);
  });
});

describe("pack refuses what is no MIPS ELF, with exit code 2 and nothing written", () => {
  const elf = readFileSync(join(root, "examples/sha256/sha256-be.elf"));
  const changed = (offset: number, ...bytes: number[]) => {
    const copy = Buffer.from(elf);
    copy.set(bytes, offset);
    return copy;
  };
  const rows: [string, Uint8Array, RegExp][] = [
    ["text", Buffer.from("hello"), /ELF/],
    ["an empty file", Buffer.alloc(0), /ELF/],
    ["64-bit", changed(4, 2), /EI_CLASS|32/],
    ["another machine", changed(18, 0, 62), /e_machine/],
    ["a header cut short", elf.subarray(0, 40), /header|bytes/],
    ["a segment beyond the file", changed(loadHeader(elf) + 16, 0x7f), /p_filesz/],
  ];
  it.each(rows)("%s", async (name, bytes, message) => {
    const input = join(folder.path, `${name.replaceAll(" ", "-")}.bin`);
    const output = join(folder.path, `${name.replaceAll(" ", "-")}.packed`);
    writeFileSync(input, bytes);
    const finished = await restep(["pack", input, "-o", output]);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(2);
    expect(existsSync(output)).toBe(false);
  });
});

describe("pack refuses a symbol file that is none for the program, with exit code 2 and nothing written", () => {
  it.each([
    ["of no known form", "hello", /other\.txt: first line: expected a symbol file/],
    ["of another program", "main = 0x80000400;\n", /other\.txt: .*found 1 from 0x80000400/],
  ])("%s", async (_what, text, message) => {
    const symbols = join(folder.path, "other.txt");
    const output = join(folder.path, "other.packed");
    writeFileSync(symbols, text);
    const elf = join(root, "examples/sha256/sha256-be.elf");
    const finished = await restep(["pack", elf, "--symbols", symbols, "-o", output]);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(2);
    expect(existsSync(output)).toBe(false);
  });
});

describe("the same error has the same exit code wherever it is thrown", () => {
  it("no ELF file: 2 from pack, and from a run that finds it at its intake", async () => {
    const each = example();
    const put = (content: Uint8Array | object) => {
      const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
      const ref = `artifact://${createHash("sha256").update(bytes).digest("hex")}`;
      mkdirSync(dirname(each.artifact(ref)), { recursive: true });
      writeFileSync(each.artifact(ref), bytes);
      return { ref, size: bytes.length };
    };
    const { module_manifest: ref } = JSON.parse(readFileSync(each.manifest, "utf8")) as Submission;
    const module = JSON.parse(readFileSync(each.artifact(ref!), "utf8")) as { binary: object };
    const text = put(Buffer.from("no ELF file"));
    const changed = put({ ...module, binary: { ...module.binary, artifact: text.ref, size: text.size } });
    edit(each.manifest, (submission) => ({ ...submission, module_manifest: changed.ref }));

    const run = await restep(["run", each.manifest, "--store", each.store, "--json"]);
    const summary = lastLine(run) as { run_id: string };
    expect(summary).toMatchObject({
      state: "failed",
      error: "ElfError",
      failure: { name: "ElfError", code: "elf_malformed", category: "parsing_input", retryable: false },
    });
    expect(run.code).toBe(2);
    const again = await restep(["resume", summary.run_id, "--store", each.store]);
    expect(again.code).toBe(2);

    writeFileSync(join(each.path, "no.elf"), "no ELF file");
    const packed = await restep(["pack", join(each.path, "no.elf"), "-o", join(each.path, "packed"), "--json"]);
    expect(packed.code).toBe(2);
    expect(JSON.parse(packed.stderr)).toMatchObject({
      error: { name: "ElfError", code: "elf_malformed", details: { offset: 0 } },
    });
  }, 60_000);
});

describe("bad usage exits with 2", () => {
  const rows: [string, string[], RegExp][] = [
    ["an unknown verb", ["recompile"], /unknown command/],
    ["an unknown option", ["run", "x", "--fast-please"], /unknown option/],
    ["a missing argument", ["status"], /missing required argument/],
    ["a run id that is none", ["status", "not-a-uuid"], /run id: expected a UUID/],
    [
      "a count that is none",
      ["run", "examples/sha256/manifest.json", "--workers", "many"],
      /--workers: expected a whole number/,
    ],
  ];
  it.each(rows)("%s", async (_name, args, message) => {
    const finished = await restep([...args, "--store", join(folder.path, "usage")]);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(2);
  });

  it("a run that is not there", async () => {
    const id = "00000000-0000-4000-8000-000000000000";
    const store = join(folder.path, "others");
    await (await openStores(store)).close();
    const finished = await restep(["status", id, "--store", store]);
    expect(finished.stderr).toContain(id);
    expect(finished.code).toBe(2);
  });
});

function names(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

/** Offset of the first PT_LOAD program header of a big-endian ELF. */
function loadHeader(elf: Buffer): number {
  let offset = elf.readUInt32BE(28);
  while (elf.readUInt32BE(offset) !== 1) offset += 32;
  return offset;
}

describe("a store that is not there", () => {
  const readers = [
    ["status"],
    ["summary"],
    ["events"],
    ["context"],
    ["facts"],
    ["provenance"],
    ["replay"],
    ["resume"],
    ["verify"],
    ["cancel", "--by", "a", "--reason", "b"],
    ["approve", "publish", "--by", "a", "--reason", "b"],
    ["exec"],
  ];
  it.each(readers.map(([verb, ...more]) => [verb!, more] as const))(
    "is named by %s, and not made",
    async (verb, more) => {
      const store = join(folder.path, "no-store");
      const { code, stderr } = await restep([verb, "6d0c9d8e-0000-4000-8000-000000000000", ...more, "--store", store]);
      expect(stderr).toContain(`a store not found in ${store}; name the folder of one, or start a run there first`);
      expect(code).toBe(2);
      expect(existsSync(store)).toBe(false);
    },
    30_000,
  );
});
