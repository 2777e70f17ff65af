import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { FactKey } from "../../contracts/facts.ts";
import type { Json } from "../../stores/ports.ts";
import type { WallClock } from "../clock.ts";
import { parseAs } from "../parse.ts";
import type { CircuitChange } from "./breaker.ts";
import { NamespaceUnknown } from "./errors.ts";

export interface TransportContext {
  /** The fact that the answer becomes: a service may be told it, to see that two calls are one. */
  readonly key: FactKey;
  /** Told what the call did to its service's circuit. */
  onCircuitChange(change: CircuitChange): void;
}

/**
 * Answers the calls of one namespace, from the outside. What it returns must be JSON, and what it throws fit to show:
 * both are recorded.
 */
export type Transport = (request: Json, context: TransportContext) => Promise<unknown>;

/** By namespace. */
export type Transports = Readonly<Record<string, Transport>>;

/** @throws {NamespaceUnknown} naming the namespaces there are */
export function transportFor(transports: Transports, namespace: string): Transport {
  const transport = Object.hasOwn(transports, namespace) ? transports[namespace] : undefined;
  if (transport === undefined) throw new NamespaceUnknown(namespace, Object.keys(transports).sort());
  return transport;
}

/** `{}` -> `{now}`, RFC 3339 in UTC with milliseconds. */
export function clockTransport(clock: WallClock): Transport {
  return async () => ({ now: clock.now().toISOString() });
}

const RandomRequest = z.strictObject({ bytes: z.int().min(1).max(65_536) });

/** `{bytes}` -> `{hex}`, from the system's generator. Hexadecimal, for Base64 of randomness looks like a secret. */
export function randomTransport(): Transport {
  return async (raw) => {
    const { bytes } = parseAs(RandomRequest, raw, "request for random bytes");
    return { hex: randomBytes(bytes).toString("hex") };
  };
}
