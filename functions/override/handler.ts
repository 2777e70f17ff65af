import { override } from "../../shared/stages/waiting-gates.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(override);
