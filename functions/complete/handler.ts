// Written by npm run stamp.
import { complete } from "../../shared/stages/complete.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(complete);
