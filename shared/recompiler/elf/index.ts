export { isElfFile, kindOf } from "./file-kinds.ts";
export { loadElf } from "./load.ts";
