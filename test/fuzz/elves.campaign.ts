import { it } from "vitest";
import { elves } from "../lab/fuzz/campaigns/elves.ts";
import { expectHeld } from "./support.ts";

it("ELF files made wrong are refused, or recompiled, and nothing breaks", () => expectHeld(elves, 120), 300_000);
