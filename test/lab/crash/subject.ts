import { PrincipalId, type RunId } from "../../../shared/contracts/ids.ts";
import { writePackage } from "../../../shared/local/submission-folder.ts";
import { pack } from "../../../shared/runs/pack.ts";

export interface Subject {
  readonly runId: RunId;
  /** Path of its `manifest.json`. */
  readonly manifest: string;
}

/** Who submits the run, and decides at its gate. */
export const CRASH_TEST = PrincipalId.parse("crash-test");

const LOAD_ADDRESS = 0x0040_0000;
const HEADERS = 52 + 32;
const START = LOAD_ADDRESS + HEADERS;
const TRIPLE = START + 4 * 6;

/** Two functions, so that stages that work in shards have two of them. The program ends with status 42. */
const CODE: readonly number[] = [
  // start:
  0x0c00_0000 | (TRIPLE >>> 2), // jal triple
  0x2404_000e, // addiu a0, zero, 14
  0x0040_2021, // move a0, v0
  0x2402_0fa1, // addiu v0, zero, 4001: exit
  0x0000_000c, // syscall
  0x0000_000d, // break
  // triple:
  0x0004_1040, // sll v0, a0, 1
  0x03e0_0008, // jr ra
  0x0044_1021, // addu v0, v0, a0
];

/** Little to test, a shard for each function, and a gate at which a person decides. */
const CONFIG = {
  schema_version: 1,
  functions_per_shard: 1,
  run: { gates: { manual: ["publish"] } },
  validation: {
    random_states: 1,
    captured_states: 1,
    max_instructions: 1000,
    require: { conclusive: "none", captured: false },
  },
};

/** Writes a submission that is small, but goes through every stage of the lifecycle, into a folder. */
export async function writeSubject(folder: string): Promise<Subject> {
  const packed = pack(
    {
      binary: { name: "subject.elf", bytes: elf() },
      config: { name: "config.json", bytes: Buffer.from(JSON.stringify(CONFIG)) },
    },
    { requestedBy: CRASH_TEST, toolVersion: "0" },
  );
  return { runId: packed.submission.run_id, manifest: await writePackage(folder, packed) };
}

/** ELF32, big-endian, MIPS, statically linked: one segment, no sections. */
function elf(): Uint8Array {
  const size = HEADERS + 4 * CODE.length;
  const bytes = Buffer.alloc(size);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 2, 1]);
  const halves: readonly (readonly [number, number])[] = [
    [16, 2], // e_type: executable
    [18, 8], // e_machine: MIPS
    [40, 52], // e_ehsize
    [42, 32], // e_phentsize
    [44, 1], // e_phnum
    [46, 40], // e_shentsize
  ];
  for (const [offset, value] of halves) bytes.writeUInt16BE(value, offset);
  // e_version, e_entry, e_phoff, e_shoff, e_flags (MIPS32, o32)
  const header = [1, START, 52, 0, 0x5000_1001];
  // PT_LOAD, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, PF_R | PF_X, p_align
  const segment = [1, 0, LOAD_ADDRESS, LOAD_ADDRESS, size, size, 5, 0x1_0000];
  for (const [index, word] of header.entries()) bytes.writeUInt32BE(word, 20 + 4 * index);
  for (const [index, word] of [...segment, ...CODE].entries()) bytes.writeUInt32BE(word >>> 0, 52 + 4 * index);
  return bytes;
}
