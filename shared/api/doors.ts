import type { Context, MiddlewareHandler } from "hono";
import { bearerIn, tokenCheck } from "../sfn/index.ts";
import { isOneOf } from "./access-tokens.ts";
import { answerProblem, refusal } from "./problems.ts";

/** Who may come in, and what the OpenAPI document says of that. */
export interface Door {
  readonly scheme:
    | { readonly type: "http"; readonly scheme: string }
    | { readonly type: "apiKey"; readonly in: "header"; readonly name: string; readonly description: string };
  readonly check: MiddlewareHandler;
}

/** Whoever shows the token, as `Authorization: Bearer TOKEN`. */
export function bearerDoor(token: string): Door {
  const isToken = tokenCheck(token);
  return doorFor("the server's token", async (shown) => isToken(shown));
}

/** Whoever shows a token that is kept, likewise. @param kept those that there are now: one that is revoked is none */
export function tokensDoor(kept: () => AsyncIterable<{ readonly sha256: string }>): Door {
  return doorFor("a token of this deployment", (shown) => isOneOf(shown, kept()));
}

function doorFor(what: string, isToken: (shown: string) => Promise<boolean>): Door {
  return {
    scheme: { type: "http", scheme: "bearer" },
    check: async (context, next) => {
      const shown = bearerIn(context.req.header("authorization"));
      if (shown !== undefined && (await isToken(shown))) return next();
      const found = shown === undefined ? "none" : "another";
      return refused(context, `expected ${what} as \`Authorization: Bearer TOKEN\`, found ${found}`, "Bearer");
    },
  };
}

/**
 * Whoever AWS let in: calls are signed, and only who may invoke the function's address comes here. Where the address asks for no
 * signature, which is a mistake in the deployment, nobody comes in.
 * @param callerIn who signed, as Lambda tells it
 */
export function signedDoor(callerIn: (context: Context) => string | undefined): Door {
  return {
    scheme: {
      type: "apiKey",
      in: "header",
      name: "authorization",
      description: "AWS Signature Version 4, service lambda",
    },
    check: async (context, next) => {
      if (callerIn(context) !== undefined) return next();
      return refused(
        context,
        "expected a call that AWS has checked the signature of, found another",
        "AWS4-HMAC-SHA256",
      );
    },
  };
}

function refused(context: Context, detail: string, scheme: string): Response {
  return answerProblem(context, refusal(401, "token_wrong", detail), { "www-authenticate": scheme });
}
