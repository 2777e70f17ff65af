import { packageBundle } from "../../shared/stages/package.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(packageBundle);
