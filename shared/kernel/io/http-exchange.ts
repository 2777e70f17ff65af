import type { HttpResponse } from "../../contracts/facts.ts";
import type { HttpSettings } from "../../contracts/io-settings.ts";
import type { WallClock } from "../clock.ts";
import { RateLimited, ResponseTooLarge, SecretEchoed, TransportFailed, TransportRefused } from "./errors.ts";
import type { Hop } from "./http-hop.ts";
import { toContent } from "./json.ts";

/** Shorter values stand in a response by chance. */
const MIN_ECHO = 8;
/** A gateway whose service did not answer. */
const PASSING = new Set([502, 503, 504]);
/** Errors of Node's TLS and OpenSSL that come back with the next try. */
const CERTIFICATE = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/;

export interface ExchangeOptions {
  readonly settings: HttpSettings;
  readonly clock: WallClock;
  readonly fetch: typeof globalThis.fetch;
  /** Aborts when the call's time is up. */
  readonly timeUp: AbortSignal;
}

/** What came back. `location` is where a redirect leads. */
export interface Exchange {
  readonly response: HttpResponse;
  readonly location?: string;
}

/**
 * Sends one request and reads its response.
 * @throws {TransportFailed} when there is none, or the gateway before the service says so
 * @throws {RateLimited}, {TransportRefused}, {ResponseTooLarge}, {SecretEchoed}
 */
export async function exchange(hop: Hop, options: ExchangeOptions): Promise<Exchange> {
  const { settings, clock, fetch, timeUp } = options;
  const { method, url, headers, body, secrets } = hop;
  try {
    const answer = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: timeUp,
    });
    expectAnswer(answer, url, clock);
    const bytes = await readBody(answer, url, settings.max_response_bytes);
    const kept = settings.response_headers.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    const response: HttpResponse = {
      status: answer.status,
      url: url.href,
      headers: Object.fromEntries(kept),
      body: toContent(bytes),
    };
    expectNoEcho(bytes, response, secrets, url);
    const location = isRedirect(answer.status) ? answer.headers.get("location") : null;
    return location === null ? { response } : { response, location };
  } catch (error) {
    throw timeUp.aborted ? timedOut(url, settings.timeout_ms, error) : explain(error, url);
  }
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function expectAnswer(answer: Response, { origin }: URL, clock: WallClock): void {
  const isLimited = answer.status === 429;
  if (!isLimited && !PASSING.has(answer.status)) return;
  void answer.body?.cancel().catch(() => {});
  const retryAfter = retryAfterOf(answer.headers, clock);
  const details = {
    service: origin,
    status: answer.status,
    ...(retryAfter === undefined ? {} : { retry_after_ms: retryAfter }),
  };
  if (!isLimited) throw new TransportFailed(`${origin}: answered with status ${answer.status}`, { details });
  const when = retryAfter === undefined ? "later" : `in ${retryAfter} ms`;
  throw new RateLimited(`${origin}: asks for fewer calls (status 429), to be tried again ${when}`, { details });
}

/** Milliseconds; the header gives seconds, or a date, which is taken against the service's own clock where it shows. */
function retryAfterOf(headers: Headers, clock: WallClock): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const now = Date.parse(headers.get("date") ?? "");
  return Math.max(0, until - (Number.isNaN(now) ? clock.now().getTime() : now));
}

async function readBody(answer: Response, { origin }: URL, limit: number): Promise<Uint8Array> {
  if (answer.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > limit) throw new ResponseTooLarge(origin, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function expectNoEcho(bytes: Uint8Array, { headers }: HttpResponse, secrets: Hop["secrets"], { origin }: URL): void {
  for (const [variable, secret] of secrets) {
    if (secret.length < MIN_ECHO) continue;
    const isInHeaders = Object.values(headers).some((value) => value.includes(secret));
    if (isInHeaders || Buffer.from(bytes).includes(secret)) throw new SecretEchoed(origin, variable);
  }
}

function timedOut({ origin }: URL, timeout: number, cause: unknown): TransportFailed {
  return new TransportFailed(`${origin}: no whole answer within ${timeout} ms`, {
    details: { service: origin, timeout_ms: timeout },
    cause,
  });
}

/** `fetch` hides the reason in `cause`, sometimes one of several addresses that were tried. */
function explain(error: unknown, { origin }: URL): unknown {
  if (!(error instanceof TypeError)) return error;
  const { cause } = error as { cause?: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] } };
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? "unknown";
  const details = { service: origin, reason: code };
  if (CERTIFICATE.test(code)) {
    return new TransportRefused(`${origin}: expected a TLS connection that can be trusted, found ${code}`, {
      details,
      cause: error,
    });
  }
  return new TransportFailed(`${origin}: could not be reached: ${code}`, { details, cause: error });
}
