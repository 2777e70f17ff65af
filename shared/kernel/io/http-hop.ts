import type { HttpRequest } from "../../contracts/facts.ts";
import type { AllowedHost, HttpMethod, HttpSettings } from "../../contracts/io-settings.ts";
import { ContractInputMissing, ValidationFailed } from "../errors.ts";
import { HostNotAllowed, TransportRefused } from "./errors.ts";
import type { Environment } from "./exec.ts";
import { toBytes } from "./json.ts";

/** One request of a call: the first, or one that a redirect leads to. */
export interface Hop {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Values that came from environment variables, by the variable; headers with them stay with their origin. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Set by the connection, or a way around the allow list. */
const OWN_HEADERS = new Set(
  "connection content-length expect host keep-alive proxy-authorization proxy-connection te trailer transfer-encoding upgrade".split(
    " ",
  ),
);
/** Never as text in a request: that is recorded. */
const BY_REFERENCE = new Set(["authorization", "cookie"]);

/** @throws {ValidationFailed}, {ContractInputMissing} naming the header or the variable */
export function firstHop(request: HttpRequest, settings: HttpSettings, environment: Environment): Hop {
  const url = new URL(request.url);
  if (url.username !== "" || url.password !== "") {
    throw new ValidationFailed("http request: field url: expected no user name or password, found one; use a header");
  }
  url.hash = "";
  const headers: Record<string, string> = { "user-agent": "restep" };
  const secrets = new Map<string, string>();
  for (const [given, value] of Object.entries(request.headers ?? {})) {
    const name = given.toLowerCase();
    const field = `http request: field headers.${name}`;
    if (OWN_HEADERS.has(name))
      throw new ValidationFailed(`${field}: expected no header that the connection sets itself`);
    if (typeof value === "string") {
      if (BY_REFERENCE.has(name)) {
        throw new ValidationFailed(`${field}: expected {"env": "<variable>"}, found a value, which would be recorded`);
      }
      headers[name] = value;
      continue;
    }
    const secret = secretOf(value.env, field, settings, environment);
    secrets.set(value.env, secret);
    headers[name] = `${value.prefix ?? ""}${secret}`;
  }
  const body = request.body === undefined ? {} : { body: toBytes(request.body) };
  return { method: request.method, url, headers, ...body, secrets };
}

/**
 * Where a redirect leads. As browsers do, 303 becomes a GET, and so does a POST at 301 and 302; another origin gets no
 * header whose value came from an environment variable.
 * @throws {TransportRefused} when it leads nowhere
 */
export function nextHop({ method, url, headers, body, secrets }: Hop, status: number, location: string): Hop {
  const to = parseUrl(location, url);
  if (to === null || !/^https?:$/.test(to.protocol) || to.username !== "" || to.password !== "") {
    throw new TransportRefused(
      `${url.origin}: expected a redirect to an http or https address, found another location`,
    );
  }
  to.hash = "";
  const becomesGet = (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  const isSameOrigin = to.origin === url.origin;
  const kept = Object.entries(headers).filter(
    ([name, value]) =>
      !(becomesGet && name.startsWith("content-")) &&
      (isSameOrigin || ![...secrets.values()].some((secret) => value.endsWith(secret))),
  );
  return {
    method: becomesGet ? "GET" : method,
    url: to,
    headers: Object.fromEntries(kept),
    ...(becomesGet || body === undefined ? {} : { body }),
    secrets,
  };
}

/** @throws {HostNotAllowed} */
export function expectAllowed({ method, url }: Hop, allow: readonly AllowedHost[]): void {
  const isAllowed = allow.some((allowed) => originOf(allowed) === url.origin && allowed.methods.includes(method));
  if (isAllowed) return;
  throw new HostNotAllowed(
    method,
    url.origin,
    allow.map((allowed) => `${allowed.methods.join("|")} ${originOf(allowed)}`),
  );
}

/** In the form in which addresses are compared: without the scheme's own port. */
function originOf({ scheme, host }: AllowedHost): string {
  return parseUrl(`${scheme}://${host}`)?.origin ?? "";
}

function secretOf(variable: string, field: string, { env_allowlist: allowed }: HttpSettings, environment: Environment) {
  if (!allowed.includes(variable)) {
    throw new ContractInputMissing(
      `${field}: expected a variable that run.http.env_allowlist of the config manifest names, found ${variable}`,
    );
  }
  const secret = environment(variable);
  if (secret === undefined || secret === "") {
    throw new ContractInputMissing(`${field}: expected a value in environment variable ${variable}, found nothing`);
  }
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(secret)) {
    throw new ContractInputMissing(
      `${field}: expected one line of ASCII in environment variable ${variable}, found other characters`,
    );
  }
  return secret;
}

function parseUrl(text: string, base?: URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
