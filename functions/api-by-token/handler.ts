import type { LambdaEvent } from "hono/aws-lambda";
import { tokensDoor } from "../../shared/api/index.ts";
import { openTokens } from "../../shared/stores/open-tokens.ts";
import { apiFromEnvironment } from "../api-app.ts";
import { once, storeInEnvironment } from "../connection.ts";

const answer = once(async () => {
  const tokens = await openTokens(storeInEnvironment());
  return apiFromEnvironment(tokensDoor(() => tokens.list()));
});

/** The same API at an address that asks for no signature: for whoever shows a token of the deployment. */
export async function handler(event: LambdaEvent): Promise<unknown> {
  return (await answer())(event);
}
