// Written by npm run stamp.
import { plan } from "../../shared/stages/plan.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(plan);
