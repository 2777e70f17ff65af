// Written by npm run stamp.
import { compareRuns } from "../../shared/stages/compare-runs.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(compareRuns);
