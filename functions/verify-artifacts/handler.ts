// Written by npm run stamp.
import { verifyArtifacts } from "../../shared/stages/verify-artifacts.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(verifyArtifacts);
