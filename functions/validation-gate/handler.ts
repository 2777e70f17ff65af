// Written by npm run stamp.
import { validationGate } from "../../shared/stages/validation-gate.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(validationGate);
