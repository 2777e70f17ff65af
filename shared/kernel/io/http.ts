import { HttpRequest, type HttpResponse } from "../../contracts/facts.ts";
import type { HttpSettings } from "../../contracts/io-settings.ts";
import type { WallClock } from "../clock.ts";
import { parseAs } from "../parse.ts";
import type { Breakers } from "./breaker.ts";
import { TransportRefused } from "./errors.ts";
import type { Environment } from "./exec.ts";
import { exchange } from "./http-exchange.ts";
import { expectAllowed, firstHop, nextHop } from "./http-hop.ts";
import type { Transport } from "./transports.ts";

const MAX_REDIRECTS = 5;

/**
 * Calls allow-listed hosts. Each host has its own circuit; redirects are followed to allowed hosts only. Fails with
 * HostNotAllowed, TransportFailed, RateLimited, CircuitOpen, TransportRefused, ResponseTooLarge, SecretEchoed,
 * ValidationFailed for what must not be sent, and ContractInputMissing for a header's variable that is not there.
 */
export function httpTransport(
  settings: HttpSettings,
  outside: {
    readonly environment: Environment;
    readonly breakers: Breakers;
    readonly clock: WallClock;
    readonly fetch?: typeof globalThis.fetch;
  },
): Transport {
  const { environment, breakers, clock, fetch = globalThis.fetch } = outside;
  return async (raw, { onCircuitChange }): Promise<HttpResponse> => {
    const request = parseAs(HttpRequest, raw, "http request");
    let hop = firstHop(request, settings, environment);
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(), settings.timeout_ms);
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        expectAllowed(hop, settings.allow);
        const sent = hop;
        const options = { settings, clock, fetch, timeUp: time.signal };
        const { response, location } = await breakers.run(
          sent.url.origin,
          () => exchange(sent, options),
          onCircuitChange,
        );
        if (location === undefined) return response;
        hop = nextHop(sent, response.status, location);
      }
    } finally {
      clearTimeout(timer);
    }
    throw new TransportRefused(`${hop.url.origin}: expected at most ${MAX_REDIRECTS} redirects, found more`);
  };
}
