import { it } from "vitest";
import { runs } from "../lab/fuzz/campaigns/runs.ts";
import { expectHeld } from "./support.ts";

it(
  "damage to a store of runs is found, or harms nothing; nothing waits, and reading writes nothing",
  () => expectHeld(runs, 60),
  300_000,
);
