export { isElfFile, kindOf } from "./file-kinds.ts";
export { expectMipsExecutable } from "./header.ts";
export { loadElf } from "./load.ts";
