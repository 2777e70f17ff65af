export { createMemoryStores, type MemoryStoresOptions } from "./open.ts";
export { createMemoryWorld, type MemoryWorld } from "./world.ts";
