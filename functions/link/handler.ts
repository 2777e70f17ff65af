// Written by npm run stamp.
import { link } from "../../shared/stages/link.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(link);
