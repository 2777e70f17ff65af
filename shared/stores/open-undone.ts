import type { UndoneCalls } from "./undone.ts";

/** What the deployment of these stores could not do. @throws InvalidInputError for stores that no deployment made */
export async function openUndone(url: string): Promise<UndoneCalls> {
  return (await import("./aws/undone.ts")).awsUndone(url);
}
