import { validateInTurns } from "../../asl/index.ts";
import type { Request } from "../api/requests.ts";

const mostDiagnostics = 100;

export async function validateStateMachineDefinition(request: Request<"ValidateStateMachineDefinition">) {
  const found = await validateInTurns(request.definition, { type: request.type });
  const asked = request.severity === "WARNING" ? found : found.filter(({ severity }) => severity === "ERROR");
  const most = request.maxResults || mostDiagnostics;
  return {
    result: found.some(({ severity }) => severity === "ERROR") ? "FAIL" : "OK",
    diagnostics: asked.slice(0, most),
    truncated: asked.length > most,
  };
}
