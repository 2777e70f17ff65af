import { it } from "vitest";
import { definitions } from "../lab/fuzz/campaigns/definitions.ts";
import { expectHeld } from "./support.ts";

it("definitions that are accepted start, whatever was changed in them", () => expectHeld(definitions, 6), 300_000);
