import { it } from "vitest";
import { http } from "../lab/fuzz/campaigns/http.ts";
import { CLIENTS } from "../lab/fuzz/hostile-clients.ts";
import { expectHeld } from "./support.ts";

it(
  "hostile HTTP clients are refused or cut off, make nothing, and keep nobody waiting",
  () => expectHeld(http, CLIENTS.length),
  300_000,
);
