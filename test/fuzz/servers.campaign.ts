import { it } from "vitest";
import { servers } from "../lab/fuzz/campaigns/servers.ts";
import { expectHeld } from "./support.ts";

it(
  "damaged stores of the Step Functions server are found, confined or harmless",
  () => expectHeld(servers, 60),
  300_000,
);
