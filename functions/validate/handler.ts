// Written by npm run stamp.
import { validate } from "../../shared/stages/validate.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(validate);
