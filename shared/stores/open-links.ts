import type { ArtifactLinks } from "./links.ts";

/** Beside the stores at a URL. @throws InvalidInputError for stores that nobody else reaches */
export async function openLinks(url: string): Promise<ArtifactLinks> {
  return (await import("./aws/links.ts")).awsLinks(url);
}
