// Written by npm run stamp.
import { recordFailure } from "../../shared/stages/record-failure.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(recordFailure);
