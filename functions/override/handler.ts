// Written by npm run stamp.
import { override } from "../../shared/stages/override.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(override);
