import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { AwsAccess } from "./access.ts";

/** Every item a query finds, page by page, in order of its range key. */
export async function* queryAll(access: AwsAccess, input: QueryCommandInput): AsyncGenerator<Record<string, unknown>> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await queryPage(access, { ...input, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    yield* page.Items ?? [];
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

function queryPage(access: AwsAccess, input: QueryCommandInput) {
  return access.db(new QueryCommand(input));
}

/** What an attribute holds as JSON; undefined where it is none. */
export function jsonIn(attribute: unknown): unknown {
  try {
    return JSON.parse(String(attribute));
  } catch {
    return undefined;
  }
}
