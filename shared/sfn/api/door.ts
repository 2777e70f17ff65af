import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { refusals } from "./errors.ts";

/** Who may call. */
export interface DoorRules {
  /** Names by which clients may call, besides this machine's own: that of a container, or of a proxy before it. */
  readonly allowedHosts?: readonly string[];
  /** What callers have to show, as `Authorization: Bearer TOKEN` or as the session token of an SDK's credentials. */
  readonly token?: string;
}

/** Names that lead to this machine whoever answers for names; the SDKs put `sync-` before some calls' host. */
const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]", "sync-localhost"];

const CONTENT_TYPES = ["application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json"];

/** Whether nobody but this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * What a call has to show before anything of it is done. A web page can have a browser call a server of this machine, under a
 * name of the page's own that it leads here (DNS rebinding) or as a form does, without asking first; so the name that is
 * called, the page that calls and the type of what is sent are looked at.
 * @param host that the server listens on
 * @returns throws ServiceError for a call that may not come in
 */
export function doorkeeper(host: string, { allowedHosts = [], token }: DoorRules): (request: IncomingMessage) => void {
  const names = new Set([...OWN_NAMES, ...[host, ...allowedHosts].map(nameOf)]);
  const isToken = token === undefined ? undefined : tokenCheck(token);

  const isAllowed = (name: string | undefined, { socket }: IncomingMessage): boolean =>
    // An address cannot be led elsewhere, so the one that was called is as good as a name of this machine.
    name !== undefined && (names.has(name) || name === nameOf(socket.localAddress?.replace(/^::ffff:/, "") ?? ""));

  return (request) => {
    const { headers, headersDistinct } = request;
    const [called = "", ...more] = headersDistinct.host ?? [];
    if (more.length > 0 || !isAllowed(hostIn(called), request)) {
      const expected = `one of ${[...names].join(", ")}, or a name that the server was told to allow (--allow-host)`;
      throw refusals.accessDenied("Host", expected, [called, ...more].join(", "));
    }
    const { origin } = headers;
    if (origin !== undefined && !isAllowed(originIn(origin), request)) {
      throw refusals.accessDenied("Origin", "none, or a page of a host that may be called", origin);
    }
    if (isToken !== undefined) expectToken(request, isToken);
  };
}

/** @throws ServiceError when what a call carries is of another type than those of the protocol */
export function expectContentType({ headers }: IncomingMessage): void {
  const type = headers["content-type"];
  const essence = type?.split(";", 1)[0]?.trim().toLowerCase();
  if (essence === undefined || !CONTENT_TYPES.includes(essence)) throw refusals.wrongMediaType(CONTENT_TYPES, type);
}

function expectToken({ headers }: IncomingMessage, isToken: (shown: string) => boolean): void {
  const bearer = bearerIn(headers.authorization);
  const session = headers["x-amz-security-token"];
  const shown = bearer ?? (typeof session === "string" ? session : undefined);
  if (shown === undefined) throw refusals.noToken();
  if (!isToken(shown)) throw refusals.wrongToken();
}

/** The token in an Authorization header (RFC 6750). */
export function bearerIn(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
}

/** Whether what a caller shows is the token: it takes as long whatever is shown. */
export function tokenCheck(token: string): (shown: string) => boolean {
  const wanted = digestOf(token);
  return (shown) => timingSafeEqual(digestOf(shown), wanted);
}

/** Of equal length whatever the token, so that comparing takes as long. */
function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** As it stands in a Host header. */
function nameOf(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host.toLowerCase()}]` : host.toLowerCase();
}

/** The name in a Host header, without its port: a port may be led here by another. */
function hostIn(header: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(:\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase();
}

function originIn(origin: string): string | undefined {
  return URL.canParse(origin) ? hostIn(new URL(origin).host) : undefined;
}
