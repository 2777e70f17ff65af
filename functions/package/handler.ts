// Written by npm run stamp.
import { packageStage } from "../../shared/stages/package.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(packageStage);
