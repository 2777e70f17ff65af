import type { ErrorInfo } from "../../contracts/error-info.ts";
import { KernelError } from "../errors.ts";

/** A document, event, fact or manifest holds what looks like a secret. Says where, never what. Never retried. */
export class SecretRefused extends KernelError {
  constructor(message: string, details: ErrorInfo["details"]) {
    super("SecretRefused", message, { details });
  }
}

/** A declared secret is too short to look for: hiding it would hide everything. Never retried. */
export class DeclaredSecretUnusable extends KernelError {
  constructor(message: string) {
    super("DeclaredSecretUnusable", message);
  }
}

/** The key for sealed secrets is malformed, or not the one that a secret was sealed with. Never retried. */
export class SecretKeyUnusable extends KernelError {
  constructor(message: string, cause?: unknown) {
    super("SecretKeyUnusable", message, { cause });
  }
}

/** A sealed secret is not sealed at all, or is no longer what was sealed. Never retried. */
export class SealedSecretBroken extends KernelError {
  constructor(message: string, cause?: unknown) {
    super("SealedSecretBroken", message, { cause });
  }
}
