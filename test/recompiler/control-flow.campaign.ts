/** Small programs whose control flow is as it likes: each does recompiled what it does under qemu, or its row says what it waits for. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadElf } from "../../shared/recompiler/elf/index.ts";
import { liftShard, linkShards } from "../../shared/recompiler/lift/index.ts";
import type { Endianness } from "../../shared/recompiler/machine.ts";
import { discoverFunctions } from "../../shared/recompiler/mips/discover.ts";
import { traceProgram } from "../../shared/recompiler/oracle/trace.ts";
import { seededRandomness, steppingClock } from "../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../shared/recompiler/runtime/host.ts";
import * as interpreter from "../../shared/recompiler/runtime/interpreted-module.ts";
import { layoutProcess } from "../../shared/recompiler/runtime/layout.ts";
import { memoryFiles } from "../../shared/recompiler/runtime/memory-files.ts";
import { signalName } from "../../shared/recompiler/runtime/signals.ts";
import { lacksTools } from "./programs/compile.ts";

const SOURCES = join(import.meta.dirname, "programs", "control");

const TOOLS: Readonly<Record<Endianness, { readonly compiler: string; readonly emulator: string }>> = {
  big: { compiler: "mips-linux-gnu-gcc", emulator: "qemu-mips" },
  little: { compiler: "mipsel-linux-gnu-gcc", emulator: "qemu-mipsel" },
};

const BARE = ["-nostdlib", "-static", "-mno-abicalls", "-fno-pic", "-G0", "-Wl,--build-id=none"];
const ASSEMBLY = [...BARE, "-mips32r2", "-Wa,-mno-shared", "-Wa,--no-warn"];

interface Row {
  /** Of `programs/control`. */
  readonly source: string;
  readonly args?: readonly string[];
  readonly flags?: readonly string[];
  /** What is printed on Linux, lines joined by spaces, and how the program ends there. */
  readonly right: readonly [stdout: string | Readonly<Record<Endianness, string>>, end: string];
  /** What qemu ends with where that is not what Linux does. */
  readonly emulated?: string;
  /** What has to be there first, and what the recompiled program does until then. */
  readonly waits?: { readonly for: string; readonly now: readonly [stdout: string, end: string] };
}

const NOUGHT_TO_EIGHT = "00000000 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008";
const TIER = "a second tier, which runs code from any address";
const CHECKED = "memory that knows what may be written and read";

const UNALIGNED: Readonly<Record<Endianness, string>> = {
  little:
    "04030201 01223344 04030201 0c0b0aa1 a1b2c3d4 11040302 02013344 05410201 0c0ba1b2 b2c3d4d4 " +
    "11220403 03020144 06050202 0ca1b2c3 c3d4d4d4 11223304 04030201 07060503 a1b2c3d4 d4d4d4d4",
  big:
    "11223301 01020304 04410200 a1b2c3d4 d4161718 11220102 02030444 05060708 a1a1b2c3 c3d41718 " +
    "11010203 03043344 06070802 a1a1a1b2 b2c3d418 01020304 04223344 07080203 a1a1a1a1 a1b2c3d4",
};

// biome-ignore format: a table, one row a program
const ROWS: readonly Row[] = [
  { source: "alloca.c",     right: ["0000001d 00000011", "exit 0"], flags: ["-s"] },
  { source: "computed.s",   right: [NOUGHT_TO_EIGHT, "exit 0"], waits: { for: TIER, now: ["", "trap unknown_target"] } },
  { source: "ds_operand.s", right: ["00000007 0000002c 00000011", "exit 0"] },
  { source: "ds_target.s",  right: ["00000217", "exit 0"] },
  { source: "gap.s",        right: ["", "exit 5"], flags: ["-s"] },
  { source: "gap.s",        right: ["", "exit 7"], flags: ["-s"], args: ["one"] },
  { source: "jalr_rd.s",    right: ["00000011 00000111", "exit 0"], waits: { for: TIER, now: ["", "trap unknown_target"] } },
  { source: "jrra.s",       right: ["123", "exit 0"] },
  { source: "likely.s",     right: ["0000100a 0000102a", "exit 0"] },
  { source: "link.s",       right: ["00000018 00000028 00000077", "exit 0"] },
  { source: "noret.s",      right: ["hi", "exit 5"] },
  { source: "noret2.c",     right: ["ok", "exit 7"] },
  { source: "nullread.s",   right: ["", "SIGSEGV"], waits: { for: CHECKED, now: ["", "exit 5"] } },
  { source: "ra_plus.s",    right: ["00000033", "exit 0"], waits: { for: TIER, now: ["", "trap return_elsewhere"] } },
  { source: "rdhwr.s",      right: ["12345678 00000020", "exit 0"] },
  { source: "ret_t0.s",     right: ["00000033", "exit 0"] },
  { source: "sjlj.s",       right: ["00000000 00000009", "exit 0"], waits: { for: TIER, now: ["00000000", "trap return_elsewhere"] } },
  { source: "sjlj_arg.s",   right: ["00000000", "exit 0"] },
  { source: "sjlj_arg.s",   right: ["00000000 00000009", "exit 0"], args: ["one"], waits: { for: TIER, now: ["00000000", "trap return_elsewhere"] } },
  { source: "smc.s",        right: ["", "SIGSEGV"], waits: { for: CHECKED, now: ["00000017", "exit 0"] } },
  { source: "smcn.s",       right: ["00000042", "exit 0"], flags: ["-Wl,-N"], waits: { for: TIER, now: ["00000017", "exit 0"] } },
  { source: "sysslot.s",    right: ["00000003", "exit 1"] },
  { source: "thunk.s",      right: ["00000101 00000211", "exit 0"] },
  // The kernel reads the code of a breakpoint and of a trap (7: a division by zero); qemu does not.
  { source: "trap_break.s", right: ["00000001", "SIGFPE"], emulated: "SIGTRAP" },
  { source: "trap_ovf.s",   right: ["00000001", "SIGFPE"] },
  { source: "trap_teq.s",   right: ["00000001", "SIGFPE"], emulated: "SIGTRAP" },
  { source: "unaligned.s",  right: [UNALIGNED, "exit 0"] },
];

interface Ran {
  readonly stdout: string;
  /** `exit 3`, `SIGSEGV`, or `trap unlifted` where no signal tells. */
  readonly end: string;
}

const textOf = (stdout: Uint8Array): string => Buffer.from(stdout).toString("latin1").trimEnd().replaceAll("\n", " ");

/** Compiles and runs under qemu. */
function compile({ source, flags = [], args = [] }: Row, endianness: Endianness): { bytes: Uint8Array; emulated: Ran } {
  const folder = mkdtempSync(join(tmpdir(), "restep-control-"));
  try {
    const binary = join(folder, "program");
    const { compiler, emulator } = TOOLS[endianness];
    const isAssembly = source.endsWith(".s");
    const usesPrint = isAssembly && readFileSync(join(SOURCES, source), "utf8").includes("bye");
    const files = [source, ...(usesPrint ? ["print.s"] : [])].map((file) => join(SOURCES, file));
    execFileSync(compiler, [...(isAssembly ? ASSEMBLY : ["-O2", ...BARE]), ...flags, ...files, "-o", binary], {
      stdio: "pipe",
    });
    const { status, signal, stdout } = spawnSync(emulator, [binary, ...args]);
    const end = status === null ? String(signal) : `exit ${status}`;
    return { bytes: readFileSync(binary), emulated: { stdout: textOf(stdout), end } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the recompiled program does, what its code does interpreted, and what the oracle says it does. */
function recompile(bytes: Uint8Array, { args = [] }: Row): Readonly<Record<"lifted" | "interpreted" | "oracle", Ran>> {
  const image = loadElf(bytes);
  const layout = layoutProcess(image);
  const functions = discoverFunctions(image);
  const { module: shard } = liftShard({ image, layout, functions, members: functions });
  const module = linkShards({ image, layout, functions, shards: [shard] });
  const all = ["program", ...args];
  const input = { args: all, stdin: new Uint8Array(), maxInstructions: 1_000_000, capturesPerFunction: 0 };
  const trace = traceProgram(image, functions, layout, input);
  const start = { layout, endianness: image.endianness, entry: image.entry, args: all, env: [] };
  const run = (isInterpreted: boolean): Ran => {
    const files = memoryFiles({ stdin: new Uint8Array() });
    const world = { files, clock: steppingClock(), randomness: seededRandomness() };
    const outcome = runModule(module, start, world, undefined, isInterpreted ? interpreter : undefined);
    return {
      stdout: textOf(files.stdout()),
      end:
        outcome.kind === "exit"
          ? `exit ${outcome.status}`
          : outcome.signal === undefined
            ? `trap ${outcome.trap}`
            : signalName(outcome.signal),
    };
  };
  return {
    lifted: run(false),
    interpreted: run(true),
    oracle: {
      stdout: textOf(trace.stdout),
      end: trace.end.kind === "exit" ? `exit ${trace.end.status}` : trace.end.kind,
    },
  };
}

const CASES = (["big", "little"] as const).flatMap((endianness) => ROWS.map((row) => ({ ...row, endianness })));

const nameOf = ({ source, args = [], endianness }: (typeof CASES)[number]): string =>
  `${[source, ...args].join(" ")}, ${endianness}-endian`;

const rightOf = ({ right: [stdout, end], endianness }: (typeof CASES)[number]): Ran => ({
  stdout: typeof stdout === "string" ? stdout : stdout[endianness],
  end,
});

describe.skipIf(lacksTools())("a program whose control flow is as it likes", () => {
  it.each(CASES.filter(({ waits }) => waits === undefined).map((row) => [nameOf(row), row] as const))(
    "does recompiled what it does on Linux: %s",
    (_, row) => {
      const { bytes, emulated } = compile(row, row.endianness);
      const right = rightOf(row);
      expect(emulated).toEqual({ ...right, end: row.emulated ?? right.end });
      const { lifted, interpreted, oracle } = recompile(bytes, row);
      expect(lifted).toEqual(right);
      expect(interpreted).toEqual(right);
      expect(oracle).toEqual(right.end.startsWith("exit") ? right : { ...right, end: "trap" });
    },
  );

  // Fails when such a program is right: then its row waits for nothing any more.
  it.each(CASES.flatMap((row) => (row.waits ? [[nameOf(row), row.waits.for, row, row.waits.now] as const] : [])))(
    "is known to be wrong as lifted: %s waits for %s",
    (_name, _reason, row, [stdout, end]) => {
      const { bytes, emulated } = compile(row, row.endianness);
      expect(emulated).toEqual(rightOf(row));
      const { lifted, interpreted } = recompile(bytes, row);
      expect(lifted).toEqual({ stdout, end });
      if (row.waits?.for === TIER) expect(interpreted).toEqual(rightOf(row));
    },
  );
});
