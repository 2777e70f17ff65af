import type { Clock } from "../clock.ts";
import type { Transport } from "./transports.ts";

/** `{}` -> `{now}`, RFC 3339 in UTC with milliseconds. */
export function clockTransport(clock: Clock): Transport {
  return async () => ({ now: clock.now().toISOString() });
}
