import type { Context } from "hono";
import type { LambdaEvent } from "hono/aws-lambda";
import { signedDoor } from "../../shared/api/index.ts";
import { apiFromEnvironment } from "../api-app.ts";
import { once } from "../connection.ts";

const answer = once(() => apiFromEnvironment(signedDoor(callerIn)));

/** Called by the function's own address: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export async function handler(event: LambdaEvent): Promise<unknown> {
  return (await answer())(event);
}

function callerIn({ env }: Context): string | undefined {
  const { requestContext } = env as { readonly requestContext?: { readonly authorizer?: { readonly iam?: object } } };
  const { userArn } = (requestContext?.authorizer?.iam ?? {}) as { readonly userArn?: string };
  return userArn;
}
