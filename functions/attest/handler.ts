// Written by npm run stamp.
import { attest } from "../../shared/stages/attest.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(attest);
