import { it } from "vitest";
import { modules } from "../lab/fuzz/campaigns/modules.ts";
import { expectHeld } from "./support.ts";

it("hostile modules harm nobody", () => expectHeld(modules, 24), 300_000);
