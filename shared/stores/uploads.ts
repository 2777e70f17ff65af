/** What is handed in to a deployment: a manifest there starts its run. */
export interface Uploads {
  /** @returns the version that was put, where versions are kept */
  put(name: string, bytes: Uint8Array): Promise<string | undefined>;
  /** What was said of it, or undefined when nothing was. */
  get(name: string): Promise<Uint8Array | undefined>;
  close(): void;
}
