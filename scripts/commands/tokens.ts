import { randomBytes } from "node:crypto";
import * as z from "zod";
import { accessToken, tokenDigest } from "../../shared/api/index.ts";
import { collect } from "../../shared/stores/collect.ts";
import { openTokens } from "../../shared/stores/open-tokens.ts";
import type { TokenStore } from "../../shared/stores/tokens.ts";
import { parseArgument } from "../cli/arguments.ts";
import { type GlobalOptions, nextCommand, print, say } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { table } from "../cli/table.ts";

const TokenName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected 1 to 64 of A-Z a-z 0-9 . _ -");

/** `new NAME`, `list` and `revoke NAME`: tokens that let their bearers call a deployment's API. */
export async function tokensVerb(action: string, name: string | undefined, options: GlobalOptions): Promise<void> {
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (act === undefined) throw new UsageError(`tokens: expected new, list or revoke, found ${JSON.stringify(action)}`);
  const tokens = await openTokens(options.store);
  try {
    await act(tokens, name, options);
  } finally {
    tokens.close();
  }
}

type Action = (tokens: TokenStore, name: string | undefined, options: GlobalOptions) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  async new(tokens, given, options) {
    const name = parseArgument(TokenName, "name", given);
    const token = accessToken(randomBytes(32));
    if (!(await tokens.add(name, tokenDigest(token)))) {
      throw new UsageError(
        `tokens new: expected a name that no token has, found ${name}; revoke that with ${nextCommand(options, "tokens", "revoke", name)}`,
      );
    }
    print(options.json ? JSON.stringify({ name, token }) : token);
    say("Keep it secret: it is shown this once, and whoever has it may begin, decide in, cancel and read every run.");
  },
  async list(tokens, _name, { json }) {
    const found = await collect(tokens.list());
    const told = found.map(({ name, since }) => ({ name, since: new Date(since).toISOString() }));
    if (json) return print(JSON.stringify({ tokens: told }));
    if (told.length === 0) return print("There is no token.");
    for (const line of table([["name", "since"], ...told.map(({ name, since }) => [name, since])])) print(line);
  },
  async revoke(tokens, given, { json }) {
    const name = parseArgument(TokenName, "name", given);
    if (!(await tokens.revoke(name)))
      throw new UsageError(`tokens revoke: expected the name of a token, found ${name}`);
    print(json ? JSON.stringify({ name, revoked: true }) : `${name} opens nothing any more.`);
  },
};
