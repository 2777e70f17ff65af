export { folderArtifacts } from "./folder-artifacts.ts";
export { inspectFolder } from "./inspection.ts";
export { type FileSystemStoresOptions, openFileSystemStores } from "./open.ts";
