import { findSecrets, type SecretOptions } from "./detect.ts";
import { SecretRefused } from "./errors.ts";

/** A message is read by people. */
const MAX_NAMED = 5;
const MAX_POINTER = 200;

/**
 * Stands before everything that is stored as structured data.
 * @param what names the value in the message, such as `event recomp.stage.completed`
 * @throws {SecretRefused} naming where secrets stand and by which rule, never what they are
 */
export function refuseSecrets(what: string, value: unknown, options: SecretOptions = {}): void {
  const findings = findSecrets(value, options);
  if (findings.length === 0) return;
  const named = findings.slice(0, MAX_NAMED);
  const more = findings.length - named.length;
  const places = named.map(({ pointer, rule }) => `${clip(pointer) || "the whole value"} (${rule})`).join(", ");
  throw new SecretRefused(
    `${what}: expected no secrets, found ${findings.length}: ${places}${more === 0 ? "" : ` and ${more} more`}. ` +
      "Take the secret out and pass it in an environment variable that run.secrets of the config manifest names, or " +
      "set RESTEP_SECRET_KEY: answers from outside that hold secrets are then kept sealed",
    { what, found: findings.length, places: named.map(({ pointer, rule }) => ({ pointer: clip(pointer), rule })) },
  );
}

function clip(pointer: string): string {
  return pointer.length <= MAX_POINTER ? pointer : `${pointer.slice(0, MAX_POINTER)}…`;
}
