import type { Campaign } from "../campaign.ts";
import { kills } from "./kills.ts";
import { modules } from "./modules.ts";
import { servers } from "./servers.ts";

/** All campaigns; a new one is a file here and a row. */
export const CAMPAIGNS: readonly Campaign[] = [modules, servers, kills];
