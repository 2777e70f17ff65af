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
  await starts.note(OTHER_RUN);
  clock.advance(500);
  for (const run of [last, RUN, OTHER_RUN]) await starts.note(run);
  const others = awsStarts(address, clients);
  const noted = [
    { runId: RUN, since: 1_500 },
    { runId: OTHER_RUN, since: 1_000 },
    { runId: last, since: 1_500 },
  ];
  expect(await collect(others.list())).toEqual(noted);
  await others.forget(RUN);
  await others.forget(RUN);
  expect(await collect(starts.list())).toEqual(noted.slice(1));
});

it("a start is of a run: nothing else is noted, and what stands there otherwise is no run's", async () => {
  const { clients, starts } = await setUp();
  await expect(starts.note("../up" as RunId)).rejects.toMatchObject({ name: "InvalidInputError" });
  await expect(starts.forget("../up" as RunId)).rejects.toMatchObject({ name: "InvalidInputError" });
  const Item = { subject: "starts", part: "somebody's", since: 1 };
  await DynamoDBDocumentClient.from(clients.db).send(new PutCommand({ TableName: "restep-runs", Item }));
  expect(await collect(starts.list())).toEqual([]);
});
