import { describe, expect, it } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import { ContractInputMissing } from "../../shared/kernel/errors.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { isRefusal, type Starting, startElsewhere, startWhatWasLeft } from "../../shared/runs/start-elsewhere.ts";
import { AccessDeniedError, ConflictError, IoError, NotFoundError } from "../../shared/stores/errors.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { StartStore } from "../../shared/stores/starts.ts";
import { packedExit } from "./exit-program.ts";

const packed = packedExit();
const source = packageSource(packed);
const { run_id: runId } = packed.submission;

/** Where executions are as Step Functions has them: one of a name. */
function elsewhere(failures: readonly Error[] = []) {
  const left = [...failures];
  const started = new Map<RunId, string>();
  const noted = new Map<RunId, number>();
  const starts: StartStore = {
    note: async (run) => void (noted.has(run) || noted.set(run, 1_000)),
    forget: async (run) => void noted.delete(run),
    async *list() {
      for (const [run, since] of noted) yield { runId: run, since };
    },
  };
  const starting: Starting = {
    stores: createMemoryStores(),
    starts,
    executions: {
      async start(run, stateMachine, input) {
        const failure = left.shift();
        if (failure !== undefined) throw failure;
        const execution = JSON.stringify([stateMachine, input]);
        if ((started.get(run) ?? execution) !== execution) throw new Error(`another execution of ${run}`);
        started.set(run, execution);
      },
    },
    environment: () => undefined,
  };
  return { starting, started, noted };
}

describe("a submission for elsewhere", () => {
  it("becomes one run and one execution of its name, with the submission as its input, however often it comes", async () => {
    const { starting, started, noted } = elsewhere();
    await Promise.all([1, 2, 3].map(() => startElsewhere(starting, source)));
    expect([...started]).toEqual([[runId, JSON.stringify(["run-lifecycle", JSON.stringify(packed.submission)])]]);
    expect(await starting.stores.runs.list()).toEqual([runId]);
    expect(noted.size).toBe(0);
  });

  it("that is refused leaves nothing", async () => {
    const { starting, started, noted } = elsewhere();
    const manifest = async () => Buffer.from("{}");
    await expect(startElsewhere(starting, { ...source, manifest })).rejects.toSatisfy(isRefusal);
    expect([started.size, noted.size, await starting.stores.runs.list()]).toEqual([0, 0, []]);
  });

  it("that was taken in and not started is noted, and started by whoever comes next", async () => {
    const away = new Error("Step Functions is away");
    const { starting, started, noted } = elsewhere([away, away]);
    await expect(startElsewhere(starting, source)).rejects.toBe(away);
    expect([...noted.keys()]).toEqual([runId]);
    expect(await startWhatWasLeft(starting, 999)).toEqual([]);
    expect(await startWhatWasLeft(starting, 1_000)).toEqual([{ runId, error: away }]);
    expect([...noted.keys()]).toEqual([runId]);
    expect(await startWhatWasLeft(starting, 1_000)).toEqual([{ runId }]);
    expect([...started.keys()]).toEqual([runId]);
    expect(noted.size).toBe(0);
  });
});

const unread = (cause: Error) => new ContractInputMissing("field binary.artifact", { cause });

describe("what is wrong", () => {
  it.each([
    ["a field of the manifest", new ContractInputMissing("field run_id"), true],
    ["a run id that is taken", new ConflictError("run", "a", "b"), true],
    ["a bucket that is not there", new NotFoundError("the bucket", "s3://b"), false],
    ["a permission that is missing", new AccessDeniedError("get", "s3://b", "denied", undefined), false],
    ["a service that is away", new IoError("get", "s3://b", "timeout", undefined), false],
    ["an artifact that could not be read now", unread(new IoError("get", "s3://b", "timeout", undefined)), false],
    ["an artifact that is damaged", unread(new Error("its bytes hash to another")), true],
    ["what nobody knows", new TypeError("x is undefined"), false],
  ])("with %s is the submitter's to mend: %s", (_, error, expected) => {
    expect(isRefusal(error)).toBe(expected);
  });
});
