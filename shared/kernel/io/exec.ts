import { ExecRequest, ExecResponse } from "../../contracts/facts.ts";
import type { Json } from "../../stores/ports.ts";
import { parseAs } from "../parse.ts";
import type { IoProvider } from "./provider.ts";

/**
 * Runs an allow-listed program to its end; its exit status and its output are the result, whatever they are.
 * @param name tells this call apart from the others of the attempt
 * @throws {ValidationFailed} for a malformed request; otherwise what `execTransport` fails with
 */
export async function execProgram(
  io: Pick<IoProvider, "call">,
  name: string,
  request: ExecRequest,
): Promise<ExecResponse> {
  const checked = parseAs(ExecRequest, request, `exec request ${name}`) as Json;
  const { response } = await io.call({ namespace: "exec", name, request: checked });
  return parseAs(ExecResponse, response, `exec response ${name}`);
}
