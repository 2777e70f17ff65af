import { AccessDeniedError, IoError, NotFoundError, StoreError } from "../errors.ts";

/** Answers that a caller asked for by a condition: no failure, and left as they are. */
const ANSWERS: ReadonlySet<string> = new Set([
  "ConditionalCheckFailedException",
  "NoSuchKey",
  "NotFound",
  "PreconditionFailed",
]);

const REFUSED: Readonly<Record<string, string>> = {
  AccessDenied: "permission denied",
  AccessDeniedException: "permission denied",
  AllAccessDisabled: "permission denied",
  CredentialsProviderError: "no credentials found",
  ExpiredToken: "the credentials have expired",
  ExpiredTokenException: "the credentials have expired",
  Forbidden: "permission denied",
  IncompleteSignature: "the signature is not accepted",
  InvalidAccessKeyId: "the access key is unknown",
  InvalidClientTokenId: "the access key is unknown",
  InvalidSignatureException: "the signature is not accepted",
  InvalidToken: "the session token is not accepted",
  RequestTimeTooSkewed: "this machine's clock is wrong",
  SignatureDoesNotMatch: "the signature is not accepted",
  TokenRefreshRequired: "the credentials have expired",
  UnrecognizedClientException: "the access key is unknown",
};

const MISSING: Readonly<Record<string, string>> = {
  NoSuchBucket: "bucket",
  ResourceNotFoundException: "table",
};

const REMEDY = "sign in anew, or ask for the permission; `aws sts get-caller-identity` says who you are";

/** Whether an error has one of these names. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** Does a write that has a condition. @returns whether it held: nothing was written otherwise */
export async function wasDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isNamed(error, "ConditionalCheckFailedException")) return false;
    throw error;
  }
}

/** A transaction is cancelled by a condition of one of its actions, and also where DynamoDB is too busy for one of them. */
function isAnswer(error: Error): boolean {
  if (error.name === "TransactionCanceledException")
    return cancellationReasons(error).includes("ConditionalCheckFailed");
  return ANSWERS.has(error.name);
}

/** AWS's error in the words of this room. Store errors, and answers that were asked for, pass unchanged. */
export function toStoreError(cause: unknown, doing: string, where: string): unknown {
  if (cause instanceof StoreError) return cause;
  if (!(cause instanceof Error) || isAnswer(cause)) return cause;
  const refused = REFUSED[cause.name];
  if (refused !== undefined) return new AccessDeniedError(doing, where, refused, cause, REMEDY);
  const missing = MISSING[cause.name];
  if (missing !== undefined) return new NotFoundError(`the ${missing}`, where, "deploy it first, or check the address");
  const reason = cause.message === "" ? cause.name : `${cause.name}: ${cause.message}`;
  return new IoError(doing, where, reason, cause, "try again, and look at the service's health if it comes back");
}

/** Codes of a cancelled transaction's reasons, one for each of its actions. */
export function cancellationReasons(error: unknown): readonly string[] {
  if (!isNamed(error, "TransactionCanceledException")) return [];
  const { CancellationReasons } = error as { readonly CancellationReasons?: readonly { readonly Code?: string }[] };
  return (CancellationReasons ?? []).map(({ Code }) => Code ?? "None");
}
