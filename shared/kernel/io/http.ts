import { HttpRequest, HttpResponse } from "../../contracts/facts.ts";
import type { Json } from "../../stores/ports.ts";
import { parseAs } from "./parse.ts";
import type { IoProvider } from "./provider.ts";

/**
 * Calls an allow-listed host. Every status is a response, but for 429, 502, 503 and 504.
 * @param name tells this call apart from the others of the attempt
 * @throws {ValidationFailed} for a malformed request; otherwise what `httpTransport` fails with
 */
export async function fetchHttp(
  io: Pick<IoProvider, "call">,
  name: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  const checked = parseAs(HttpRequest, request, `http request ${name}`) as Json;
  const { response } = await io.call({ namespace: "http", name, request: checked });
  return parseAs(HttpResponse, response, `http response ${name}`);
}
