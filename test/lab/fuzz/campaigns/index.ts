import type { Campaign } from "../campaign.ts";
import { definitions } from "./definitions.ts";
import { elves } from "./elves.ts";
import { http } from "./http.ts";
import { kills } from "./kills.ts";
import { modules } from "./modules.ts";
import { runs } from "./runs.ts";
import { servers } from "./servers.ts";

/** All campaigns; a new one is a file here and a row. */
export const CAMPAIGNS: readonly Campaign[] = [modules, definitions, elves, runs, http, servers, kills];
