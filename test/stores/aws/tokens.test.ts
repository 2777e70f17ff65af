import { expect, it } from "vitest";
import { awsTokens } from "../../../shared/stores/aws/tokens.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { manualClock } from "../support/manual-clock.ts";
import { playedAwsStore } from "./played/store.ts";

const [FIRST, SECOND] = ["a".repeat(64), "b".repeat(64)];

it("tokens are kept by their names, one of each, until they are revoked, for every client", async () => {
  const { address, clients } = await playedAwsStore();
  const clock = manualClock(1_000);
  const tokens = awsTokens(address, clients, clock);
  expect(await tokens.add("deploy", FIRST)).toBe(true);
  clock.advance(5);
  expect(await tokens.add("deploy", SECOND)).toBe(false);
  expect(await tokens.add("ci", SECOND)).toBe(true);
  const others = awsTokens(address, clients);
  expect(await collect(others.list())).toEqual([
    { name: "ci", sha256: SECOND, since: 1_005 },
    { name: "deploy", sha256: FIRST, since: 1_000 },
  ]);
  expect(await others.revoke("deploy")).toBe(true);
  expect(await others.revoke("deploy")).toBe(false);
  expect((await collect(tokens.list())).map(({ name }) => name)).toEqual(["ci"]);
});
