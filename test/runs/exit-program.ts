import { PrincipalId } from "../../shared/contracts/ids.ts";
import { type NamedBytes, type Package, pack } from "../../shared/runs/pack.ts";
import { buildElf } from "../recompiler/elf/build-elf.ts";

const START = 0x00400000;
/** `li v0, 4001; li a0, 0; syscall; jr ra; nop`: a program that only exits. */
const EXIT = [0x24020fa1, 0x24040000, 0x0000000c, 0x03e00008, 0];

/** The smallest of programs. */
export function exitProgram(): Uint8Array {
  const size = EXIT.length * 4;
  return buildElf({
    entry: START,
    segments: [{ address: START, words: EXIT, flags: 5 }],
    sections: [{ address: START, size, flags: 6 }],
    symbols: [{ name: "_start", value: START, size }],
  }).bytes;
}

/** Little to check. */
export const EXIT_VALIDATION = { random_states: 2, captured_states: 1 };

/** The same, packed. @param config laid over the config manifest */
export function packedExit(config: object = {}): Package {
  const json = { schema_version: 1, validation: EXIT_VALIDATION, ...config };
  const named: NamedBytes = { name: "config.json", bytes: Buffer.from(JSON.stringify(json)) };
  return pack(
    { binary: { name: "exit.elf", bytes: exitProgram() }, config: named },
    { requestedBy: PrincipalId.parse("test"), toolVersion: "0" },
  );
}
