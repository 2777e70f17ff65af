import { randomBytes } from "node:crypto";
import * as z from "zod";
import { parseAs } from "../parse.ts";
import type { Transport } from "./transports.ts";

const RandomRequest = z.strictObject({ bytes: z.int().min(1).max(65_536) });

/** `{bytes}` -> `{hex}`, from the system's generator. Hexadecimal, for Base64 of randomness looks like a secret. */
export function randomTransport(): Transport {
  return async (raw) => {
    const { bytes } = parseAs(RandomRequest, raw, "request for random bytes");
    return { hex: randomBytes(bytes).toString("hex") };
  };
}
