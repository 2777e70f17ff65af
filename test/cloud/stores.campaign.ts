import { ScanCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableName } from "../../shared/stores/aws/layout.ts";
import { isMissing } from "../examples/tools.ts";
import { awsAdapter } from "../stores/aws/adapter.ts";
import { deployStores } from "../stores/aws/deploy.ts";
import { storeConformance } from "../stores/conformance.ts";
import { type Moto, startMoto } from "./support/moto.ts";

describe.skipIf(isMissing("moto_server"))("stores in AWS", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 30_000);
  afterAll(() => moto.stop());

  storeConformance(awsAdapter("moto", () => moto));

  it("keep what was written while another's transaction is refused", async () => {
    const clients = moto.clients();
    await deployStores(clients, "refusals");
    const TableName = tableName("refusals", "events");
    const write = async (writer: number, first: number) => {
      const Item = { run_id: { S: String(writer) }, first: { N: String(first) }, lines: { S: "x".repeat(2_000) } };
      const isRefused = writer % 2 === 1;
      const ConditionExpression = `attribute${isRefused ? "" : "_not"}_exists(run_id)`;
      const TransactItems = [{ Put: { TableName, Item, ConditionExpression } }];
      const writing = clients.db.send(new TransactWriteItemsCommand({ TransactItems }));
      await (isRefused ? expect(writing).rejects.toMatchObject({ name: "TransactionCanceledException" }) : writing);
    };
    const writers = [0, 1, 2, 3, 4, 5];
    await Promise.all(
      writers.map(async (writer) => {
        for (let first = 1; first <= 40; first++) await write(writer, first);
      }),
    );
    const { Count } = await clients.db.send(new ScanCommand({ TableName, Select: "COUNT" }));
    expect(Count).toBe(3 * 40);
  }, 60_000);
});
