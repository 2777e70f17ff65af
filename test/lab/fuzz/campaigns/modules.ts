/** Hostile modules given to `restep exec` in a bundle whose hashes are right. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SYSCALLS } from "../../../../shared/recompiler/runtime/syscalls/table.ts";
import type { ByteWriter } from "../../../../shared/recompiler/wasm/bytes.ts";
import { EMPTY_BLOCK, OP } from "../../../../shared/recompiler/wasm/opcodes.ts";
import { encodeModule } from "../../../../shared/recompiler/wasm/sections.ts";
import { ENTRY, indexOf, LAYOUT, writeBundle } from "../bundles.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import {
  bodyOf,
  EXPORTS,
  FIRST_FUNCTION,
  GOOD,
  HOST_IMPORTS,
  limits,
  type ModuleParts,
  putText,
  putWord,
  sectionsOf,
  systemCall,
} from "../linked-module.ts";
import { type ProcessEnd, RESTEP, type StartedProcess, startNode } from "../processes.ts";
import type { Random } from "../random.ts";

/** What a trial hands to `exec`. */
interface Attack {
  readonly module: Uint8Array;
  /** The bundle's index, where it is not the module's own. */
  readonly index?: object;
  /** What `exec` has to exit with, where that is known. */
  readonly exits?: readonly number[];
}

interface Kind {
  readonly name: string;
  attack(random: Random, scratch: string): Attack;
}

const SECONDS = 30;
/** Given to `exec` itself: a program may well go on for ever. One that is known to is given less. */
const TIMEOUT = 18;
const TIMEOUT_OF_ENDLESS = 3;
const TIMED_OUT = 124;
const MOST_MEGABYTES = 1500;

/** Stands in a file that nobody granted: whatever shows it has read the file. */
const CANARY = "the canary in the coal mine";

const BAD_INPUT = 2;
const REFUSED = [1, BAD_INPUT];

const moduleOf = (parts: Partial<ModuleParts>): Uint8Array => encodeModule(sectionsOf({ ...GOOD, ...parts }));

/** What is worth reaching for, by names that objects inherit or hosts have. */
const NAMES = [
  "constructor",
  "__proto__",
  "prototype",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "env",
  "syscall",
  "trap",
  "process",
  "globalThis",
  "then",
  "",
  "a\u0000b",
  "\u001b[2J",
];
const TYPES: readonly (readonly [kind: number, type: readonly number[]])[] = [
  [0, [0]],
  [0, [1]],
  [0, [200]],
  [1, [0x70, 0, 1]],
  [1, [0x6f, 0, 1]],
  [2, [0, 1]],
  [2, [3, 1, 2]],
  [3, [0x7f, 0]],
  [3, [0x7f, 1]],
  [3, [0x6f, 1]],
];
const HUGE = [10_000_000, 10_000_001, 0x7fff_ffff, 0xffff_ffff, 65_536, 65_537, 1_000_000];

/** Numbers of system calls that are there, and arguments that hurt. */
const CALLS = [...SYSCALLS.keys()];
const ARGUMENTS = [
  0,
  1,
  2,
  3,
  -1,
  4,
  16,
  1024,
  4096,
  0x7fff_ffff,
  -0x8000_0000,
  ENTRY,
  ENTRY + 0x100,
  ENTRY + 0x200,
  ENTRY + 0x1fffc,
  0x0fff_f000,
  0x3fff_f000,
  0x800,
  0x802,
  0x812,
];
const BUFFER = ENTRY + 0x200;

const KINDS: readonly Kind[] = [
  {
    name: "bytes changed",
    attack(random) {
      const bytes = moduleOf({});
      for (let left = random.between(1, 8); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
      return { module: bytes };
    },
  },
  {
    name: "sections lost, doubled or moved",
    attack(random) {
      const sections = sectionsOf(GOOD);
      const at = random.below(sections.length);
      const [taken] = sections.splice(at, 1);
      if (taken !== undefined && random.isTrue(0.7)) {
        sections.splice(random.below(sections.length + 1), 0, ...(random.isTrue() ? [taken] : [taken, taken]));
      }
      const bytes = encodeModule(sections);
      return { module: random.isTrue(0.8) ? bytes : bytes.subarray(0, random.below(bytes.length)) };
    },
  },
  {
    name: "imports of what hosts have",
    attack(random) {
      const more = Array.from({ length: random.between(1, 3) }, () => {
        const [kind, type] = random.pick(TYPES);
        return { module: random.pick(NAMES), name: random.pick(NAMES), kind, type };
      });
      return { module: moduleOf({ imports: random.isTrue() ? [...HOST_IMPORTS, ...more] : more }), exits: REFUSED };
    },
  },
  {
    name: "exports missing, changed or added",
    attack(random) {
      const exports = [...EXPORTS];
      const at = random.below(exports.length - 1);
      const changed = {
        name: random.isTrue() ? (exports[at]?.name ?? "") : random.pick(NAMES),
        kind: random.below(4),
        index: random.below(40),
      };
      exports.splice(at, random.below(2), ...(random.isTrue(0.8) ? [changed] : []));
      return { module: moduleOf({ exports }) };
    },
  },
  {
    name: "sizes past every limit",
    attack(random) {
      const [least, most] = [random.pick(HUGE), random.pick(HUGE)];
      const which = random.below(4);
      if (which === 0) return { module: moduleOf({ table: [0x70, 1, ...limits(least, most)] }) };
      if (which === 1) return { module: moduleOf({ memory: [1, ...limits(least, most)] }), exits: REFUSED };
      const locals = bodyOf(() => {});
      const many = Uint8Array.from([1, ...limits(random.pick(HUGE)), 0x7f, OP.end]);
      if (which === 2) return { module: moduleOf({ bodies: [many] }) };
      return { module: moduleOf({ bodies: Array.from({ length: random.between(1000, 200_000) }, () => locals) }) };
    },
  },
  {
    name: "code that takes long to compile",
    attack(random) {
      const depth = random.between(100, 30_000);
      const which = random.below(3);
      const body = bodyOf((code) => {
        if (which === 0) {
          for (let left = depth; left > 0; left--) for (const byte of [OP.loop, EMPTY_BLOCK]) code.byte(byte);
          for (let left = depth; left > 0; left--) code.byte(OP.end);
        } else if (which === 1) {
          code.byte(OP.i32Const);
          code.signed(1);
          for (let left = depth * 20; left > 0; left--)
            for (const byte of [OP.globalGet, 3, OP.i32Add]) code.byte(byte);
          code.byte(OP.drop);
        } else {
          for (let left = depth; left > 0; left--)
            for (const byte of [OP.globalGet, 3, OP.if, EMPTY_BLOCK, OP.globalGet, 4, OP.globalSet, 5, OP.end])
              code.byte(byte);
        }
      });
      return { module: moduleOf({ bodies: [body] }) };
    },
  },
  {
    name: "names that are more than names",
    attack(random, scratch) {
      const module = moduleOf({
        bodies: [
          bodyOf((code) => {
            putText(code, BUFFER, join(scratch, "canary"));
            readFile(code);
          }),
        ],
      });
      const name = random.pick([
        `x=${join(scratch, "canary")}`,
        join(scratch, "canary"),
        "canary",
        "../canary",
        "a\u001b]0;x\u0007",
        "a\nb",
        "a".repeat(100_000),
        "",
      ]);
      return { module, index: indexOf(module, name) };
    },
  },
  {
    name: "an index that lies",
    attack(random) {
      const module = moduleOf({});
      const index = indexOf(module) as unknown as Record<string, unknown>;
      const layout = { ...LAYOUT } as Record<string, number>;
      layout[random.pick(Object.keys(layout))] = random.pick([
        0,
        1,
        -1,
        2 ** 31,
        2 ** 32,
        2 ** 53,
        0x10000,
        65_537,
        1e300,
      ]);
      const which = random.below(4);
      if (which === 0) return { module, index: { ...index, layout } };
      if (which === 1)
        return {
          module,
          index: {
            ...index,
            entry: `0x${random
              .below(2 ** 32)
              .toString(16)
              .padStart(8, "0")}`,
          },
        };
      if (which === 2)
        return {
          module,
          index: {
            ...index,
            files: [
              {
                path: random.pick(["../../etc/passwd", "/etc/passwd", "canary", "."]),
                role: "module",
                artifact: `artifact://${"0".repeat(64)}`,
                size: 1,
              },
            ],
          },
          exits: REFUSED,
        };
      return {
        module,
        index: { ...index, [random.pick(Object.keys(index))]: random.pick([null, [], {}, 1e308, "x".repeat(1000)]) },
        exits: REFUSED,
      };
    },
  },
  {
    name: "system calls that hurt",
    attack(random) {
      const count = random.between(1, 200);
      const body = bodyOf((code) => {
        for (let index = 0; index < 8; index++) putWord(code, BUFFER + index * 4, random.pick(ARGUMENTS));
        for (let left = count; left > 0; left--) {
          const number = random.isTrue(0.95) ? random.pick(CALLS) : random.below(6000);
          // Its end is no harm, and to be seen only once all is done.
          if (number === 4001 || number === 4246 || number === 4166) continue;
          systemCall(
            code,
            number,
            ...Array.from({ length: 4 }, () => (random.isTrue(0.8) ? random.pick(ARGUMENTS) : random.below(2 ** 32))),
          );
        }
        systemCall(code, 4001, 0);
      });
      return { module: moduleOf({ bodies: [body] }) };
    },
  },
  {
    name: "system calls without end",
    attack(random) {
      const body = bodyOf((code) => {
        const which = random.below(5);
        for (let index = 0; index < 64; index++) {
          putWord(code, BUFFER + index * 8, ENTRY);
          putWord(code, BUFFER + index * 8 + 4, 0x20000);
        }
        code.byte(OP.loop);
        code.byte(EMPTY_BLOCK);
        if (which === 0) systemCall(code, 4146, 2, BUFFER, 64);
        else if (which === 1) systemCall(code, 4090, 0, 4096, 3, 0x802);
        else if (which === 2) systemCall(code, 4353, ENTRY, 0x10000, 0);
        else if (which === 3) systemCall(code, 4041, 1);
        else systemCall(code, 4045, ENTRY + 0x3ff_0000);
        for (const byte of [OP.br, 0, OP.end]) code.byte(byte);
      });
      return { module: moduleOf({ bodies: [body] }), exits: [TIMED_OUT] };
    },
  },
  {
    name: "code that goes on for ever or too deep",
    attack(random) {
      const endless = random.isTrue();
      const body = bodyOf((code) => {
        const bytes = endless ? [OP.loop, EMPTY_BLOCK, OP.br, 0, OP.end] : [OP.call, FIRST_FUNCTION];
        for (const byte of bytes) code.byte(byte);
      });
      return { module: moduleOf({ bodies: [body] }), exits: [endless ? TIMED_OUT : 139] };
    },
  },
  {
    name: "traps of any kind",
    attack(random) {
      const body = bodyOf((code) => {
        for (const value of [random.between(-3, 12), random.pick(ARGUMENTS)]) {
          code.byte(OP.i32Const);
          code.signed(value);
        }
        code.byte(OP.call);
        code.unsigned(1);
      });
      return { module: moduleOf({ bodies: [body] }) };
    },
  },
  {
    name: "a function that starts by itself",
    attack: (random) => ({ module: moduleOf({ start: random.pick([0, 1, FIRST_FUNCTION, 99]) }), exits: REFUSED }),
  },
];

/** Opens what the buffer names, and shows what is in it. */
function readFile(code: ByteWriter): void {
  systemCall(code, 4005, BUFFER, 0, 0);
  systemCall(code, 4003, 3, ENTRY + 0x1000, 64);
  systemCall(code, 4004, 1, ENTRY + 0x1000, 64);
  systemCall(code, 4001, 0);
}

/** In what `exec` says itself: what the program writes is its own. */
const CONTROL = /(?!\t)\p{Cc}/u;

function problemsOf(end: ProcessEnd, exits: readonly number[] | undefined): string[] {
  const problems: string[] = [];
  const shown = end.stdout + end.stderr;
  if (end.isLate) problems.push(`it did not end within ${SECONDS} s`);
  else if (end.signal !== null) problems.push(`the process died by ${end.signal}: ${end.stderr.slice(-500)}`);
  if (end.code !== null && exits !== undefined && !exits.includes(end.code)) {
    problems.push(`it exited with ${end.code}, expected ${exits.join(" or ")}: ${end.stderr.slice(0, 500)}`);
  }
  const own = end.stderr.split("\n").filter((line) => line.startsWith("restep:"));
  if (own.some((line) => CONTROL.test(line)))
    problems.push(`it wrote what terminals obey: ${JSON.stringify(end.stderr.slice(0, 500))}`);
  if (end.peakMegabytes > MOST_MEGABYTES) problems.push(`it took ${Math.round(end.peakMegabytes)} MiB of memory`);
  if (shown.includes(CANARY)) problems.push("it showed a file that nobody granted");
  if (/^\s+at .*:\d+:\d+/m.test(end.stderr)) problems.push(`it ended in a stack trace: ${end.stderr.slice(0, 500)}`);
  return problems;
}

export const modules: Campaign = {
  name: "modules",
  about: "hostile WebAssembly modules given to `restep exec`",
  count: 300,
  secondsPerTrial: SECONDS + 10,
  open: async () => {
    let process: StartedProcess | undefined;
    return {
      async attempt({ number, random, scratch }: Trial): Promise<TrialResult> {
        const kind = KINDS[number % KINDS.length] ?? random.pick(KINDS);
        const bundle = join(scratch, "bundle");
        const { module, index, exits } = kind.attack(random, scratch);
        writeBundle(bundle, module, index);
        writeFileSync(join(scratch, "canary"), CANARY);
        const isEndless = exits?.[0] === TIMED_OUT;
        const args = [RESTEP, "exec", bundle, "--timeout", `${isEndless ? TIMEOUT_OF_ENDLESS : TIMEOUT}`];
        process = startNode(args, { seconds: SECONDS, cwd: scratch, peakOfChildren: true });
        const end = await process.end;
        return { kind: kind.name, problems: problemsOf(end, exits), measures: { "peak MiB": end.peakMegabytes } };
      },
      close: async () => process?.kill(),
    };
  },
};
