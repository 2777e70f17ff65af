// Written by npm run stamp.
import { publish } from "../../shared/stages/publish.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(publish);
