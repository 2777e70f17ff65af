import { OWN_KEYS } from "../contracts/io-settings.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import { recordableError } from "./error-records.ts";
import { RecordedError } from "./io/errors.ts";
import { MIN_DECLARED_LENGTH } from "./secrets/declared.ts";
import { redact } from "./secrets/redact.ts";
import { refuseSecrets } from "./secrets/refuse.ts";

/** Keeps secrets out of what a run writes. */
export interface Guard {
  /** @throws {SecretRefused} saying where in `what` a secret stands, never the secret */
  refuse(what: string, value: unknown): void;
  /** The value with secrets blotted out. */
  redact<T>(value: T): T;
}

/** @param declared values that must not be written, whatever they look like */
export function createGuard(declared: readonly string[]): Guard {
  const options = { declared };
  return {
    refuse: (what, value) => refuseSecrets(what, value, options),
    redact: (value) => redact(value, options),
  };
}

/** An error that may be shown: the same one where it holds no secret. */
export function withoutSecrets(error: unknown, guard: Guard): unknown {
  const info = recordableError(error);
  const shown = guard.redact(info);
  return shown === info ? error : new RecordedError(shown);
}

/**
 * The values of the variables that hold Restep's own keys, that the run config declares secret, or lets into HTTP headers, where they are set. Values
 * of fewer than 6 characters are left out; `weakSecrets` names them before a run begins.
 */
export function declaredSecrets(config: Declaring, environment: Environment): string[] {
  const values = namesOf(config).map((name) => environment(name) ?? "");
  return [...new Set(values.filter((value) => lengthOf(value) >= MIN_DECLARED_LENGTH))];
}

/** Variables whose values are too short to be kept out of what a run writes. */
export function weakSecrets(config: Declaring, environment: Environment): string[] {
  return namesOf(config).filter((name) => {
    const length = lengthOf(environment(name) ?? "");
    return length > 0 && length < MIN_DECLARED_LENGTH;
  });
}

/** Blanks around a value do not make it longer. */
function lengthOf(value: string): number {
  return value.trim().length;
}

/** The variables that a run may read, where they are set, by name. */
export function variablesOf(config: Pick<RunConfig, "secrets" | "http" | "exec">, environment: Environment) {
  const names = [...namesOf(config), ...config.exec.env_allowlist];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

type Declaring = Pick<RunConfig, "secrets" | "http">;
type Environment = (name: string) => string | undefined;

function namesOf({ secrets, http }: Declaring): string[] {
  return [...OWN_KEYS, ...secrets, ...http.env_allowlist];
}
