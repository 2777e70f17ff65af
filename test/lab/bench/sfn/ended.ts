import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionRecord } from "../../../../shared/sfn/records/records.ts";
import { fileNameOf } from "../../../../shared/sfn/records/stored-text.ts";
import { folderFormatFile } from "../../../../shared/stores/filesystem/folder-format.ts";
import { vouch } from "../../../../shared/stores/vouched-text.ts";
import type { Now } from "../suite.ts";
import type { BenchedServer } from "./served.ts";
import { createMachine, QUICK } from "./work.ts";

const NAME = "ended";

/** The store of a server whose executions have all ended, one in a thousand of them badly. */
export function writeEnded(folder: string, count: number): void {
  const format = folderFormatFile();
  for (const kind of ["executions", "histories"]) mkdirSync(join(folder, kind), { recursive: true });
  writeFileSync(join(folder, format.name), format.bytes);
  const prefix = "arn:aws:states:us-east-1:000000000000";
  for (let index = 0; index < count; index++) {
    const arn = `${prefix}:execution:${NAME}:e${index}`;
    const record: ExecutionRecord = {
      arn,
      name: `e${index}`,
      machineArn: `${prefix}:stateMachine:${NAME}`,
      machineName: NAME,
      machineType: "STANDARD",
      definition: JSON.stringify(QUICK),
      roleArn: "arn:aws:iam::000000000000:role/any",
      input: JSON.stringify({ index }),
      status: index % 1000 === 0 ? "FAILED" : "SUCCEEDED",
      startDate: 1_700_000_000_000 + index,
      stopDate: 1_700_000_005_000 + index,
      redriveCount: 0,
      redriveTokens: [],
      takenTasks: [],
    };
    const name = fileNameOf(arn);
    writeFileSync(join(folder, "executions", `${name}.json`), vouch(`executions/${name}`, JSON.stringify(record)).text);
    writeFileSync(join(folder, "histories", `${name}.jsonl`), "");
  }
}

/** Asks for pages of the executions that have ended. @returns the milliseconds of each, sorted */
export async function timedPages(server: BenchedServer, now: Now, calls: number): Promise<readonly number[]> {
  const stateMachineArn = await createMachine(server, NAME, QUICK);
  const times: number[] = [];
  for (let index = 0; index < calls; index++) {
    const status = index % 2 === 0 ? {} : { statusFilter: "FAILED" };
    const from = now();
    const body = { stateMachineArn, maxResults: 10, ...status };
    const { executions } = await server.call<{ executions: readonly { status: string }[] }>("ListExecutions", body);
    times.push(now() - from);
    const isRight =
      executions.length === 10 && (index % 2 === 0 || executions.every((each) => each.status === "FAILED"));
    if (!isRight) throw new Error(`a page of ${executions.length} executions, or of others than were asked for`);
  }
  return times.sort((one, other) => one - other);
}
