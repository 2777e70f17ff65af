export { loadElf } from "./load.ts";
