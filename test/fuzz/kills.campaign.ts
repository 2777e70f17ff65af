import { it } from "vitest";
import { kills } from "../lab/fuzz/campaigns/kills.ts";
import { expectHeld } from "./support.ts";

it("a Step Functions server that is killed under load does nothing twice", () => expectHeld(kills, 4), 300_000);
