import type { TokenStore } from "./tokens.ts";

/** Tokens of the deployment of these stores. @throws InvalidInputError for stores that the cloud does not reach */
export async function openTokens(url: string): Promise<TokenStore> {
  return (await import("./aws/tokens.ts")).awsTokens(url);
}
