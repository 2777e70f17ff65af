import type { Campaign } from "../campaign.ts";
import { modules } from "./modules.ts";

/** All campaigns; a new one is a file here and a row. */
export const CAMPAIGNS: readonly Campaign[] = [modules];
