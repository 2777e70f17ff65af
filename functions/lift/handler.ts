// Written by npm run stamp.
import { lift } from "../../shared/stages/lift.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(lift);
