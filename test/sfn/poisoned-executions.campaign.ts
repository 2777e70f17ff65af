import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { giving, serveEachTest } from "./served.ts";

const jsonata = (Output: unknown) => ({ QueryLanguage: "JSONata", StartAt: "P", States: { P: pass({ Output }) } });
const jsonPath = (Parameters: object) => ({ StartAt: "P", States: { P: pass({ Parameters }) } });
const pass = (fields: object) => ({ Type: "Pass", ...fields, End: true });

const backtracking = `${"a".repeat(40)}b`;
const timeout = /Expression evaluation timeout: Check for infinite loop$/;
const memory = /Expression evaluation memory limit exceeded: Check for excessive memory usage$/;
/** Whichever comes first on this machine. */
const either = new RegExp(`${memory.source}|${timeout.source}`);

/** Executions that would hold up whatever shares a thread with them, or take all memory, and how AWS ends such. */
const poisons = [
  {
    name: "picture",
    definition: jsonata(`{% $toMillis($states.input, '${"[f1]".repeat(30)}') %}`),
    input: `${"1".repeat(60)}x`,
    error: "States.QueryEvaluationError",
    cause: timeout,
  },
  {
    name: "pattern",
    definition: jsonata("{% $match($states.input, /^(a+)+$/) %}"),
    input: backtracking,
    error: "States.QueryEvaluationError",
    cause: timeout,
  },
  {
    name: "shared",
    definition: jsonata(
      "{% ($f := function($v, $n) { $n = 0 ? $v : $f({'a': $v, 'b': $v}, $n - 1) }; $string($f('x', 24))) %}",
    ),
    error: "States.QueryEvaluationError",
    cause: either,
  },
  {
    name: "filter",
    definition: jsonPath({ "a.$": "$[?(@ =~ /(a+)+/)]" }),
    input: [backtracking],
    error: "States.Runtime",
    cause: timeout,
  },
  {
    name: "descent",
    definition: jsonPath({ "a.$": `$${"..*".repeat(8)}..x` }),
    input: JSON.parse(`${"[".repeat(60)}${"]".repeat(60)}`),
    error: "States.Runtime",
    cause: timeout,
  },
  {
    name: "function",
    definition: jsonPath(
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}.$`, "States.Format('{}{}', $, $)"])),
    ),
    input: "x".repeat(200_000),
    error: "States.Runtime",
    cause: memory,
  },
] as const;

const quick = { StartAt: "Q", States: { Q: pass({ QueryLanguage: "JSONata", Output: "{% $sum([1..10]) %}" }) } };

describe("executions that are poisoned", () => {
  const served = serveEachTest();

  const startAll = async () => {
    const arns: string[] = [];
    for (const { name, definition, ...poison } of poisons) {
      const machine = await served.create(definition, { name });
      arns.push(await served.start(machine, { input: JSON.stringify("input" in poison ? poison.input : {}) }));
    }
    return arns;
  };
  const expectEnds = async (arns: readonly string[]) => {
    for (const [index, { name, error, cause }] of poisons.entries()) {
      const ended = await served.ended(arns[index]!);
      expect(ended, name).toMatchObject({ status: "FAILED", error, cause: expect.stringMatching(cause) });
    }
  };

  it("hold up no healthy ones beside them, and end in AWS's failures", async () => {
    const healthy = await served.create(quick, { name: "healthy" });
    const arns = await startAll();
    expect((await served.ended(await served.start(healthy))).output).toBe("55");
    const described = await Promise.all(arns.map((arn) => served.describe(arn)));
    expect(described.map(({ status }) => status)).toContain("RUNNING");
    await expectEnds(arns);
  });

  it("are given up when the server closes, do not stop the next start, and end there in failure", async () => {
    const arns = await startAll();
    await served.restart();
    const healthy = await served.create(giving(1), { name: "healthy" });
    expect((await served.ended(await served.start(healthy))).output).toBe("1");
    await expectEnds(arns);
    await served.restart();
    await expectEnds(arns);
  });

  it("can be stopped in the middle", async () => {
    const executionArn = await served.start(await served.create(poisons[1].definition), {
      input: JSON.stringify(backtracking),
    });
    await served.client.send(new sfn.StopExecutionCommand({ executionArn, error: "Stopped" }));
    expect(await served.describe(executionArn)).toMatchObject({ status: "ABORTED", error: "Stopped" });
  });
});
