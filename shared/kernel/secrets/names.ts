import { hasMarker } from "./marker.ts";

/** How much a name says of its value: a password or key under `strong`, something that grants access under `weak`. */
export type Tell = "strong" | "weak";

const STRONG = words(
  "password passwd passwort passphrase passcode pwd secret apikey accesskey secretkey privatekey signingkey",
);
const WEAK = words(
  "token authtoken authorization auth credential credentials creds cookie session sessionid bearer jwt",
);
/** `<word>_key` that is kept secret, unlike a public, cache, sort or partition key. */
const KEYS = words(
  "access account aes api auth cipher client crypto deploy encrypt encryption gpg hmac host license master pgp private root rsa secret service session shared signing ssh storage webhook",
);
/** `<word>_pass`: a pass on its own is one of a compiler or a test. */
const PASSES = words("admin db ftp http key ldap mail mysql pg postgres proxy redis root smtp ssh sudo user");
/** Tokens that mark a place in a list, or are counted. */
const PLACES = words("next page pagination continuation request public max total");
/** Words behind which the telling one stands: `password_2`, `secret_value`, `TokenString`. */
const TRAILING = /^(?:\d+|value|val|string|text|plain|plaintext|raw|base|b|hex|old|new|current|previous|header)$/;
/** Written as one word: `dbpassword`, `accesstoken`. */
const JOINED = /^\w{2,}(?:(password|passwd|passphrase|secret|apikey|accesskey|secretkey|privatekey)|token)s?$/;

const MAX_NAME = 128;
/** Names come from contracts and repeat; what is not a contract may hold as many as it likes. */
const MAX_REMEMBERED = 4_096;
const remembered = new Map<string, Tell | undefined>();

/**
 * What a field, header, variable or option name says of its value, in snake, kebab, dotted or camel case. Its last word
 * counts: `db_password` tells, `TokenPath` does not, and neither does a name of which a part was redacted.
 */
export function tellOf(name: string): Tell | undefined {
  if (name.length < 3 || name.length > MAX_NAME || hasMarker(name)) return undefined;
  if (remembered.has(name)) return remembered.get(name);
  const tell = judge(segments(name));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(name, tell);
  return tell;
}

/** Whether a name is that of a collection of secrets: `secrets`, `API_KEYS`, `credentials`. */
export function namesMany(name: string): boolean {
  return /(?:s|S)$/.test(name) && tellOf(name) !== undefined;
}

function judge(parts: string[]): Tell | undefined {
  let end = parts.length;
  while (end > 1 && TRAILING.test(parts[end - 1]!)) end--;
  const last = singular(parts[end - 1] ?? "");
  const before = parts[end - 2] ?? "";
  if (STRONG.has(last)) return "strong";
  if (last === "key") return KEYS.has(before) ? "strong" : undefined;
  if (last === "pass") return PASSES.has(before) ? "strong" : undefined;
  if (last === "id") return before === "session" ? "weak" : undefined;
  if (last === "token" && PLACES.has(before)) return undefined;
  if (WEAK.has(last)) return "weak";
  const joined = JOINED.exec(last);
  if (joined === null) return undefined;
  return joined[1] === undefined ? "weak" : "strong";
}

function segments(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .replace(/([A-Za-z])(\d)/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== "");
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") && !WEAK.has(word) ? word.slice(0, -1) : word;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}
