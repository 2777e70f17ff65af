// Written by npm run stamp.
import { approve } from "../../shared/stages/approve.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(approve);
