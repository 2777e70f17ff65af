export { folderArtifacts } from "./folder-artifacts.ts";
export { type FileSystemStoresOptions, openFileSystemStores } from "./open.ts";
