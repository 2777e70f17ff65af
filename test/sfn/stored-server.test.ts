import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sfn from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { functionsResolver } from "../../shared/asl/index.ts";
import { startStoredSfnServer } from "../../shared/local/sfn.ts";
import type { SfnServer, SfnServerOptions } from "../../shared/sfn/index.ts";
import { fileNameOf } from "../../shared/sfn/records/stored-text.ts";
import type { FileSystem } from "../../shared/stores/filesystem/file-system.ts";
import type { LeasedFolderOptions } from "../../shared/stores/filesystem/leased-folder.ts";
import { nodeFileSystem } from "../../shared/stores/filesystem/node-file-system.ts";
import { playedProcesses } from "../stores/support/processes.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { roleArn, until } from "./served.ts";

let folder: string;
let clock: ManualClock;
let calls: unknown[];
let said: string[];
let failures: string[];
const servers: SfnServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-sfn-"));
  clock = manualClock();
  calls = [];
  said = [];
  failures = [];
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close().catch(() => undefined);
  rmSync(folder, { recursive: true });
});

/** The task `price` answers 100, and is counted. */
const resolver = functionsResolver({
  price: (event: unknown) => {
    calls.push(event);
    return 100;
  },
});

interface Opened {
  readonly server: SfnServer;
  readonly client: sfn.SFNClient;
}

async function open(
  options: Partial<SfnServerOptions> = {},
  place: Partial<LeasedFolderOptions> = {},
): Promise<Opened> {
  const onFailure = (arn: string, error: unknown) => void failures.push(`${arn} ${(error as Error).message}`);
  const settings = { clock, wallClock: clock, resolver, onFailure, ...options };
  const server = await startStoredSfnServer(folder, settings, (notice) => void said.push(notice), place);
  servers.push(server);
  const client = new sfn.SFNClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
    disableHostPrefix: true,
  });
  return { server, client };
}

/** A task whose result is the output, after a minute's wait. */
const paid = JSON.stringify({
  StartAt: "T",
  States: { T: { Type: "Task", Resource: "price", Next: "W" }, W: { Type: "Wait", Seconds: 60, End: true } },
});

async function create({ client }: Opened, definition = paid, name = "m"): Promise<string> {
  return (await client.send(new sfn.CreateStateMachineCommand({ name, definition, roleArn }))).stateMachineArn!;
}

async function start({ client }: Opened, stateMachineArn: string, name: string): Promise<string> {
  return (await client.send(new sfn.StartExecutionCommand({ stateMachineArn, name }))).executionArn!;
}

const describeExecution = ({ client }: Opened, executionArn: string) =>
  client.send(new sfn.DescribeExecutionCommand({ executionArn }));

async function typesOf({ client }: Opened, executionArn: string) {
  const { events } = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
  return events!.map(({ type }) => type);
}

const list = async ({ client }: Opened, stateMachineArn: string) =>
  (await client.send(new sfn.ListExecutionsCommand({ stateMachineArn }))).executions!;

const recordOf = (arn: string) => join(folder, "executions", `${fileNameOf(arn)}.json`);
const historyOf = (arn: string) => join(folder, "histories", `${fileNameOf(arn)}.jsonl`);
const change = (file: string, by: (text: string) => string) => writeFileSync(file, by(readFileSync(file, "utf8")));

/** Two executions that wait, their tasks done, of a server that was closed. */
async function twoWaiting(): Promise<readonly [string, string]> {
  const first = await open();
  const machine = await create(first);
  const arns = [await start(first, machine, "one"), await start(first, machine, "two")] as const;
  for (const arn of arns)
    await until(
      () => typesOf(first, arn),
      (types) => types.includes("WaitStateEntered"),
    );
  await first.server.close();
  expect(calls).toHaveLength(2);
  return arns;
}

/** Lets the wait be over, and gives the execution as it ended. */
async function endOf(opened: Opened, arn: string) {
  return until(
    () => {
      clock.advance(60_000);
      return describeExecution(opened, arn);
    },
    ({ status }) => status !== "RUNNING",
  );
}

describe("a server on a store that another works on", () => {
  it("is refused with who holds it and since when, and touches nothing", async () => {
    const [arn] = await twoWaiting();
    const first = await open();
    const before = readFileSync(historyOf(arn), "utf8");
    await expect(open()).rejects.toMatchObject({
      name: "LeaseHeldError",
      message: expect.stringMatching(/is held by restep serve \(process \d+\) since \d{4}-/),
    });
    expect(readFileSync(historyOf(arn), "utf8")).toBe(before);
    expect(await endOf(first, arn)).toMatchObject({ status: "SUCCEEDED", output: "100" });
    expect(calls).toHaveLength(2);
  });

  it("that cannot listen takes nothing up, and gives the store back", async () => {
    const [arn] = await twoWaiting();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    clock.advance(60_000);
    const before = readFileSync(historyOf(arn), "utf8");
    await expect(open({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(readFileSync(historyOf(arn), "utf8")).toBe(before);
    taken.close();
    expect(await endOf(await open(), arn)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("takes over from one that died, whose every write then fails, and which ends by itself", async () => {
    const processes = playedProcesses();
    const process = processes.start();
    const first = await open({}, { processes: process });
    const machine = await create(first);
    const one = await start(first, machine, "one");
    await until(
      () => typesOf(first, one),
      (types) => types.includes("WaitStateEntered"),
    );
    process.die();
    const second = await open({}, { processes: processes.start() });
    expect(said).toEqual([expect.stringMatching(/was taken over from restep serve: process \d+ is gone/)]);
    expect(first.server.lost.aborted).toBe(false);
    await expect(start(first, machine, "late")).rejects.toThrow();
    expect(first.server.lost.aborted).toBe(true);
    expect(first.server.lost.reason).toMatchObject({ name: "LeaseLostError" });
    await first.server.close();
    expect(await endOf(second, one)).toMatchObject({ status: "SUCCEEDED", output: "100" });
    expect(await list(second, machine)).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });
});

describe("a history that is damaged", () => {
  it.each([
    ["a stored result that was changed", (text: string) => text.replace('"output":"100"', '"output":"900"')],
    ["lines that are missing at its end", (text: string) => text.split("\n").slice(0, 4).join("\n").concat("\n")],
    ["no line at all", () => ""],
  ])("by %s stops its execution alone, is shown with it, and can be restored", async (_, damage) => {
    const [one, two] = await twoWaiting();
    const whole = readFileSync(historyOf(one), "utf8");
    change(historyOf(one), damage);
    const second = await open();
    expect(await describeExecution(second, one)).toMatchObject({
      status: "FAILED",
      error: "CorruptionError",
      cause: expect.stringMatching(/is damaged: expected .*, found .*; restore the file from a copy/),
      input: "{}",
      redriveStatus: "NOT_REDRIVABLE",
    });
    expect(failures).toEqual([expect.stringContaining(one)]);
    expect(
      (await list(second, one.replace(":execution:", ":stateMachine:").replace(/:one$/, "")))
        .map((each) => each.status)
        .sort(),
    ).toEqual(["FAILED", "RUNNING"]);
    const { events } = await second.client.send(new sfn.GetExecutionHistoryCommand({ executionArn: one }));
    expect(events!.at(-1)).toMatchObject({
      id: events!.length,
      type: "ExecutionFailed",
      executionFailedEventDetails: { error: "CorruptionError", cause: expect.stringContaining(historyOf(one)) },
    });
    await expect(second.client.send(new sfn.RedriveExecutionCommand({ executionArn: one }))).rejects.toBeInstanceOf(
      sfn.ExecutionNotRedrivable,
    );
    expect(await endOf(second, two)).toMatchObject({ status: "SUCCEEDED", output: "100" });
    expect(await describeExecution(second, one)).toMatchObject({ status: "FAILED" });
    await second.server.close();
    writeFileSync(historyOf(one), whole);
    expect(await endOf(await open(), one)).toMatchObject({ status: "SUCCEEDED", output: "100" });
    expect(calls).toHaveLength(2);
  });

  it("is not one that a crash tore at its end", async () => {
    const [one] = await twoWaiting();
    change(historyOf(one), (text) => `${text}{"id":99,"prev`);
    expect(await endOf(await open(), one)).toMatchObject({ status: "SUCCEEDED", output: "100" });
    expect(failures).toEqual([]);
    expect(calls).toHaveLength(2);
  });

  it("ends for good with its execution when that is stopped", async () => {
    const [one] = await twoWaiting();
    change(historyOf(one), () => "");
    const second = await open();
    await second.client.send(new sfn.StopExecutionCommand({ executionArn: one, error: "E" }));
    await second.server.close();
    const third = await open();
    expect(await describeExecution(third, one)).toMatchObject({ status: "ABORTED", error: "E" });
    expect(failures).toHaveLength(1);
  });

  it("of an execution that had ended is refused to who reads it", async () => {
    const [one] = await twoWaiting();
    const second = await open();
    await endOf(second, one);
    await second.server.close();
    for (const damage of [
      (text: string) => text.replace("100", "900"),
      (text: string) => text.replace(/[^\n]*\n$/, ""),
    ]) {
      const whole = readFileSync(historyOf(one), "utf8");
      change(historyOf(one), damage);
      const third = await open();
      expect(await describeExecution(third, one)).toMatchObject({ status: "SUCCEEDED", output: "100" });
      await expect(typesOf(third, one)).rejects.toMatchObject({
        name: "DataCorruptedException",
        message: expect.stringContaining(historyOf(one)),
        $metadata: { httpStatusCode: 400 },
      });
      await third.server.close();
      writeFileSync(historyOf(one), whole);
    }
  });
});

describe("a record that is damaged", () => {
  it.each([
    ["changed", (file: string) => change(file, (text) => text.replace('"input":"{}"', '"input":"[]"')), true],
    ["empty", (file: string) => writeFileSync(file, ""), false],
    ["gone", (file: string) => rmSync(file), false],
  ])("of an execution, because it is %s, keeps nothing else from going on", async (_, damage, isListed) => {
    const [one, two] = await twoWaiting();
    const machine = one.replace(":execution:", ":stateMachine:").replace(/:one$/, "");
    damage(recordOf(one));
    const second = await open();
    expect(said).toEqual([expect.stringContaining(fileNameOf(one))]);
    expect(await list(second, machine)).toHaveLength(isListed ? 2 : 1);
    expect(await describeExecution(second, one)).toMatchObject({
      status: "FAILED",
      error: "CorruptionError",
      stateMachineArn: machine,
      name: "one",
    });
    expect((await describeExecution(second, one)).input).toBeUndefined();
    expect(await list(second, machine)).toHaveLength(2);
    expect((await typesOf(second, one)).slice(-2)).toEqual(["WaitStateEntered", "ExecutionFailed"]);
    await expect(start(second, machine, "one")).rejects.toBeInstanceOf(sfn.ExecutionAlreadyExists);
    await second.client.send(new sfn.StopExecutionCommand({ executionArn: one }));
    expect(await endOf(second, two)).toMatchObject({ status: "SUCCEEDED" });
    expect(calls).toHaveLength(2);
  });

  it("of a state machine is refused to who asks for it, and can be deleted; its executions go on", async () => {
    const [one] = await twoWaiting();
    const machine = one.replace(":execution:", ":stateMachine:").replace(/:one$/, "");
    const [file] = readdirSync(join(folder, "machines"));
    change(join(folder, "machines", file!), (text) => text.replace("price", "prize"));
    const second = await open();
    expect(said).toEqual([expect.stringContaining(file!)]);
    const refused = { name: "DataCorruptedException" };
    await expect(start(second, machine, "three")).rejects.toMatchObject(refused);
    await expect(create(second)).rejects.toMatchObject(refused);
    expect(await endOf(second, one)).toMatchObject({ status: "SUCCEEDED" });
    await second.client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn: machine }));
    expect(await create(second)).toBe(machine);
  });
});

describe("an execution that is started", () => {
  /** A disk on which the names in a folder do not become durable before `release` is called. */
  const slowAt = (folderName: string) => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async syncFolder(path) {
        if (path.endsWith(folderName)) await released;
        await nodeFileSystem.syncFolder(path);
      },
    };
    return { fileSystem, release };
  };

  it("is answered when its record is durable, and not before", async () => {
    const { fileSystem, release } = slowAt("executions");
    const first = await open({}, { fileSystem });
    const machine = await create(first);
    let isAnswered = false;
    const starting = Promise.all([start(first, machine, "one"), start(first, machine, "one")]).then((arns) => {
      isAnswered = true;
      return arns;
    });
    await until(
      () => list(first, machine),
      ({ length }) => length > 0,
    );
    expect([isAnswered, calls.length]).toEqual([false, 0]);
    release();
    const [arn, again] = await starting;
    expect(again).toBe(arn);
    expect(await endOf(first, arn!)).toMatchObject({ status: "SUCCEEDED" });
    expect(calls).toHaveLength(1);
  });

  it("is answered before its history is durable, does nothing before that is, and shows it then", async () => {
    const { fileSystem, release } = slowAt("histories");
    const first = await open({}, { fileSystem });
    const arn = await start(first, await create(first), "one");
    let shown: readonly unknown[] | undefined;
    const showing = typesOf(first, arn).then((types) => {
      shown = types;
    });
    expect(await describeExecution(first, arn)).toMatchObject({ status: "RUNNING" });
    expect([shown, calls.length]).toEqual([undefined, 0]);
    release();
    await showing;
    expect(shown?.slice(0, 2)).toEqual(["ExecutionStarted", "TaskStateEntered"]);
    expect(await endOf(first, arn)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("that is stopped before it has begun has ended then", async () => {
    const { fileSystem, release } = slowAt("histories");
    const first = await open({}, { fileSystem });
    const arn = await start(first, await create(first), "one");
    const stopping = first.client.send(new sfn.StopExecutionCommand({ executionArn: arn, error: "E" }));
    await describeExecution(first, arn);
    release();
    await stopping;
    expect(await describeExecution(first, arn)).toMatchObject({ status: "ABORTED", error: "E" });
    expect((await typesOf(first, arn)).at(-1)).toBe("ExecutionAborted");
  });
});

describe("a disk that is full", () => {
  /** From the `count`th operation on that needs space, while `isFull`, there is none. */
  const fullFrom = (count: number, isOnce: boolean) => {
    let operations = 0;
    const disk = { isFull: false, struck: false };
    const need = () => {
      if (!disk.isFull) return;
      operations += 1;
      if (isOnce ? operations !== count : operations < count) return;
      disk.struck = true;
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async open(path, mode) {
        if (mode === "create") need();
        const file = await nodeFileSystem.open(path, mode);
        return {
          ...file,
          async write(at, bytes) {
            need();
            await file.write(at, bytes);
          },
          async sync() {
            need();
            await file.sync();
          },
        };
      },
      async rename(from, to) {
        need();
        await nodeFileSystem.rename(from, to);
      },
      async syncFolder(path) {
        need();
        await nodeFileSystem.syncFolder(path);
      },
    };
    return { disk, fileSystem };
  };

  it.each([
    ["once", true],
    ["for good", false],
  ])("%s, at any operation, leaves no execution that runs and never ends", async (_, isOnce) => {
    for (let count = 1, isStruck = true; isStruck; count += 1) {
      const { disk, fileSystem } = fullFrom(count, isOnce);
      const first = await open({}, { fileSystem });
      const machine = await create(first, paid, `m${count}`);
      disk.isFull = true;
      const begun = await start(first, machine, "one").catch(() => undefined);
      disk.isFull = false;
      isStruck = disk.struck;
      // What a disk that takes nothing more does not let go of begins later.
      const mayStay = begun !== undefined || !isOnce;
      expect(mayStay ? [0, 1] : [0]).toContain((await list(first, machine)).length);
      const arn = `${machine.replace(":stateMachine:", ":execution:")}:one`;
      if (begun === undefined) expect(await start(first, machine, "one")).toBe(arn);
      expect(await endOf(first, arn), `at ${count}`).toMatchObject({ status: "SUCCEEDED", output: "100" });
      await first.client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn: machine }));
      await first.server.close();
    }
  });

  it("leaves executions that can be stopped, and their state machine with them", async () => {
    const { disk, fileSystem } = fullFrom(1, false);
    const first = await open({}, { fileSystem });
    const machine = await create(first);
    const one = await start(first, machine, "one");
    await until(
      () => typesOf(first, one),
      (types) => types.includes("WaitStateEntered"),
    );
    disk.isFull = true;
    clock.advance(60_000);
    await until(
      () => failures,
      ({ length }) => length > 0,
    );
    expect(await describeExecution(first, one)).toMatchObject({ status: "RUNNING" });
    const stop = new sfn.StopExecutionCommand({ executionArn: one, error: "E", cause: "C" });
    await expect(first.client.send(stop)).rejects.toThrow(/no space left/);
    disk.isFull = false;
    await first.client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn: machine }));
    await first.client.send(stop);
    expect(await describeExecution(first, one)).toMatchObject({ status: "ABORTED", error: "E", cause: "C" });
    expect((await typesOf(first, one)).at(-1)).toBe("ExecutionAborted");
    await expect(
      first.client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn: machine })),
    ).rejects.toBeInstanceOf(sfn.StateMachineDoesNotExist);
  });
});

describe("what an earlier version left", () => {
  /** Executions that were stored as running, as format 1 had them: without hashes and a history. */
  function leave(...executions: readonly { readonly definition: string; readonly input: string }[]): string[] {
    const folders = ["machines", "executions", "histories"].map((name) => join(folder, name));
    for (const each of folders) mkdirSync(each);
    const prefix = "arn:aws:states:us-east-1:000000000000";
    const common = { machineArn: `${prefix}:stateMachine:m`, machineName: "m", machineType: "STANDARD", roleArn };
    const none = { redriveCount: 0, redriveTokens: [], takenTasks: [], status: "RUNNING", startDate: 1 };
    return executions.map((execution, index) => {
      const arn = `${prefix}:execution:m:${index}`;
      writeFileSync(recordOf(arn), JSON.stringify({ arn, name: String(index), ...common, ...none, ...execution }));
      return arn;
    });
  }

  it("is gone on with, and what cannot run of it has failed", async () => {
    const bad =
      '{"StartAt":"A","States":{"A":{"Type":"Map","ItemsPath":null,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}},"End":true}}}';
    const pass = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
    const [zombie, long, no, good] = leave(
      { definition: bad, input: "[1]" },
      { definition: pass, input: JSON.stringify({ a: "é".repeat(131_070) }) },
      { definition: "no JSON", input: "{}" },
      { definition: paid, input: "{}" },
    );
    const first = await open();
    expect(said).toEqual([expect.stringMatching(/was written by an earlier version: 4 files/)]);
    for (const arn of [zombie!, long!, no!]) {
      expect(await describeExecution(first, arn)).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    }
    expect(await endOf(first, good!)).toMatchObject({ status: "SUCCEEDED", output: "100" });
    await first.server.close();
    expect(await describeExecution(await open(), zombie!)).toMatchObject({ status: "FAILED" });
  });
});
