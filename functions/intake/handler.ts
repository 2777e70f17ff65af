// Written by npm run stamp.
import { intake } from "../../shared/stages/intake.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(intake);
