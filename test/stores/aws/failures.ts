import { expect } from "vitest";
import { StoreError } from "../../../shared/stores/errors.ts";

/** An error as the SDK throws it once its own attempts are used up. */
export function failure(name: string, more: object = {}): Error {
  return Object.assign(new Error(name === "" ? "" : `${name} of a test`), { name, $metadata: {}, ...more });
}

export const cancelled = (...codes: string[]) =>
  failure("TransactionCanceledException", { CancellationReasons: codes.map((Code) => ({ Code })) });

/** The error of this room that an action ends with. */
export const caught = async (action: () => Promise<unknown>): Promise<StoreError> => {
  const error: unknown = await action().then(
    (value) => expect.fail(`it returned ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
};
