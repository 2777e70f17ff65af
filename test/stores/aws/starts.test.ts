import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import type { RunId } from "../../../shared/contracts/ids.ts";
import { awsStarts } from "../../../shared/stores/aws/starts.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { manualClock } from "../support/manual-clock.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";
import { playedAwsStore } from "./played/store.ts";

async function setUp() {
  const { address, clients } = await playedAwsStore();
  const clock = manualClock(1_000);
  return { address, clients, clock, starts: awsStarts(address, clients, clock) };
}

it("a start that is noted stands since it was noted first, until it is forgotten, for every client", async () => {
  const { address, clients, clock, starts } = await setUp();
  const last = "33333333-3333-4333-8333-333333333333" as RunId;
  await starts.note(OTHER_RUN, "low");
  clock.advance(500);
  for (const run of [last, RUN, OTHER_RUN]) await starts.note(run, "high");
  const others = awsStarts(address, clients);
  const noted = [
    { runId: RUN, priority: "high", since: 1_500 },
    { runId: OTHER_RUN, priority: "high", since: 1_000 },
    { runId: last, priority: "high", since: 1_500 },
  ];
  expect(await collect(others.list())).toEqual(noted);
  await others.forget(RUN);
  await others.forget(RUN);
  expect(await collect(starts.list())).toEqual(noted.slice(1));
});

it("a start is of a run: nothing else is noted, and what stands there otherwise is no run's", async () => {
  const { clients, starts } = await setUp();
  await expect(starts.note("../up" as RunId, "low")).rejects.toMatchObject({ name: "InvalidInputError" });
  await expect(starts.forget("../up" as RunId)).rejects.toMatchObject({ name: "InvalidInputError" });
  const Item = { subject: "starts", part: "somebody's", since: 1 };
  await DynamoDBDocumentClient.from(clients.db).send(new PutCommand({ TableName: "restep-runs", Item }));
  expect(await collect(starts.list())).toEqual([]);
});

it("a start that was noted before there were turns is one of the standard priority", async () => {
  const { clients, starts } = await setUp();
  const Item = { subject: "starts", part: RUN, since: 1 };
  await DynamoDBDocumentClient.from(clients.db).send(new PutCommand({ TableName: "restep-runs", Item }));
  expect(await collect(starts.list())).toEqual([{ runId: RUN, priority: "standard", since: 1 }]);
});

it("places are so many, each of one run, until it is given back", async () => {
  const { address, clients, starts } = await setUp();
  const third = "33333333-3333-4333-8333-333333333333" as RunId;
  expect(await starts.takePlace(RUN, 2)).toBe(true);
  expect(await starts.takePlace(RUN, 2)).toBe(true);
  const others = awsStarts(address, clients);
  expect(await others.takePlace(OTHER_RUN, 2)).toBe(true);
  expect(await starts.takePlace(third, 2)).toBe(false);
  expect(await collect(starts.inPlaces())).toEqual([RUN, OTHER_RUN]);
  await others.givePlace(RUN);
  await others.givePlace(RUN);
  expect(await starts.takePlace(third, 2)).toBe(true);
  expect((await collect(starts.inPlaces())).sort()).toEqual([OTHER_RUN, third].sort());
  // With fewer places than before, those that are taken stay.
  expect(await starts.takePlace(OTHER_RUN, 1)).toBe(true);
  expect(await starts.takePlace(RUN, 1)).toBe(false);
});

it("of many that ask for one place at once, one has it", async () => {
  const { address, clients } = await setUp();
  const runs = [RUN, OTHER_RUN, "33333333-3333-4333-8333-333333333333" as RunId];
  const taken = await Promise.all(runs.map((run) => awsStarts(address, clients).takePlace(run, 1)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  const [holder] = runs.filter((_, at) => taken[at]);
  expect(await collect(awsStarts(address, clients).inPlaces())).toEqual([holder]);
});
