import { describe, expect, it } from "vitest";
import { type FunctionContext, functionsResolver, Interpreter, routeByService } from "../../../shared/asl/index.ts";
import { machineOf, run } from "../interpreter/running.ts";

const invoke = (Parameters: object) => ({
  A: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters, End: true },
});

describe("functions of this process", () => {
  it.each([
    "double",
    "arn:aws:lambda:us-east-1:123456789012:function:double",
    "arn:aws:lambda:us-east-1:123456789012:function:double:live",
  ])("are found by %s", async (Resource) => {
    expect((await run({ A: { Type: "Task", Resource, End: true } }, 4, { double: (n: number) => n * 2 })).output).toBe(
      8,
    );
  });

  it("answer invoke with their result as its payload", async () => {
    const { output } = await run(
      invoke({ FunctionName: "f", Payload: { a: 1 } }),
      {},
      { f: (event: unknown) => event },
    );
    expect(output).toEqual({ ExecutedVersion: "$LATEST", Payload: { a: 1 }, StatusCode: 200 });
  });

  it("may change their event: it is theirs", async () => {
    const f = (event: { list: number[] }) => event.list.push(9);
    const { output } = await run(
      { A: { Type: "Task", Resource: "f", ResultPath: null, End: true } },
      { list: [1] },
      { f },
    );
    expect(output).toEqual({ list: [1] });
  });

  it("fail as Lambda fails where there is none of the name", async () => {
    const result = await run(invoke({ FunctionName: "gone" }), {}, {});
    expect(result).toMatchObject({ status: "FAILED", error: "Lambda.ResourceNotFoundException" });
    expect(result.cause).toContain("Function not found: gone");
  });

  it("are told who they are, which call it is, what task it is for, and when nobody waits any more", async () => {
    const contexts: FunctionContext[] = [];
    const f = (_event: unknown, context: FunctionContext) => void contexts.push(context);
    for (let call = 0; call < 2; call++) {
      await run(
        { A: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:f:live", End: true } },
        {},
        { f },
      );
    }
    const [first, second] = contexts;
    expect(first).toMatchObject({ functionName: "f", task: { stateName: "A", retryCount: 0 } });
    expect(first!.signal).toBe(first!.task.signal);
    expect(first!.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second!.awsRequestId).not.toBe(first!.awsRequestId);
  });

  it("fail with their error's class name, and with its message and trace for a cause", async () => {
    class Refused extends Error {
      override name = "Refused";
    }
    const f = () => {
      throw new Refused("not today");
    };
    const result = await run({ A: { Type: "Task", Resource: "f", End: true } }, {}, { f });
    expect(result).toMatchObject({ status: "FAILED", error: "Refused" });
    const { trace, ...told } = JSON.parse(result.cause!);
    expect(told).toEqual({ errorType: "Refused", errorMessage: "not today" });
    expect(trace[0]).toBe("Refused: not today");
    expect(trace[1]).toMatch(/^ +at /);
  });

  it("fail as they say where they say it", async () => {
    const f = () => {
      throw Object.assign(new Error("message"), { error: "Own.Name", cause: "own cause" });
    };
    const result = await run({ A: { Type: "Task", Resource: "f", End: true } }, {}, { f });
    expect(result).toMatchObject({ status: "FAILED", error: "Own.Name", cause: "own cause" });
  });

  it("answer invoke with null where they give nothing, and get an empty event where none is sent", async () => {
    const events: unknown[] = [];
    const { output } = await run(invoke({ FunctionName: "f" }), {}, { f: (event: unknown) => void events.push(event) });
    expect(output).toEqual({ ExecutedVersion: "$LATEST", Payload: null, StatusCode: 200 });
    expect(events).toEqual([{}]);
  });

  it("are not found by the name of an inherited property", async () => {
    expect(await run({ A: { Type: "Task", Resource: "toString", End: true } })).toMatchObject({ status: "FAILED" });
  });
});

describe("tasks sent to the resolver of their service", () => {
  const task = (Resource: string) =>
    machineOf({ A: { Type: "Task", Resource, Parameters: { QueueUrl: "q", MessageBody: "m" }, End: true } });
  const queue = { run: () => "queued" };

  it("reach it, and a default takes the others", async () => {
    const resolver = routeByService({ sqs: queue, "*": { run: ({ resource }) => `other: ${resource.service}` } });
    const interpreter = new Interpreter({ resolver });
    expect((await interpreter.run(task("arn:aws:states:::sqs:sendMessage"))).output).toBe("queued");
    expect((await interpreter.run(task("arn:aws:states:::aws-sdk:sqs:sendMessage"))).output).toBe("other: aws-sdk:sqs");
  });

  it("fail where there is none, with the error AWS gives", async () => {
    const interpreter = new Interpreter({ resolver: routeByService({ lambda: functionsResolver({}) }) });
    const result = await interpreter.run(task("arn:aws:states:::sqs:sendMessage"));
    expect(result).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(result.cause).toContain("arn:aws:states:::sqs:sendMessage is not recognized");
  });
});

describe("lambda:invoke", () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");
  const echo = { f: (event: unknown) => event };

  it("gives {} for a payload that is null or none (recorded from AWS)", async () => {
    for (const parameters of [{}, { Payload: null }]) {
      const { output } = await run(invoke({ FunctionName: "f", ...parameters }), {}, echo);
      expect(output).toMatchObject({ Payload: {} });
    }
  });

  it("of the type Event goes on at once, whatever becomes of the function", async () => {
    let answer = () => {};
    let end: (signal: AbortSignal) => void = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const ended = new Promise<AbortSignal>((resolve) => {
      end = resolve;
    });
    const f = async (_: unknown, { signal }: FunctionContext) => {
      await answered;
      end(signal);
      throw new Error("nobody hears this");
    };
    const { status, output } = await run(invoke({ FunctionName: "f", InvocationType: "Event" }), {}, { f });
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: { Payload: "", StatusCode: 202 } });
    answer();
    expect((await ended).aborted).toBe(false);
  });

  it("of the type DryRun calls nothing", async () => {
    const f = () => expect.unreachable();
    const { output } = await run(invoke({ FunctionName: "f", InvocationType: "DryRun" }), {}, { f });
    expect(output).toEqual({ ExecutedVersion: "$LATEST", Payload: "", StatusCode: 204 });
  });

  it.each(["Event", "DryRun", "RequestResponse"])(
    "of the type %s fails where there is no such function",
    async (type) => {
      const result = await run(invoke({ FunctionName: "gone", Qualifier: "7", InvocationType: type }), {}, {});
      expect(result).toMatchObject({ error: "Lambda.ResourceNotFoundException" });
      expect(result.cause).toContain("Function not found: gone:7 (Service: AWSLambda;");
    },
  );

  it("tells the function its version and the client's context", async () => {
    const f = (_: unknown, { functionVersion, clientContext }: FunctionContext) => ({ functionVersion, clientContext });
    const ClientContext = encoded({ custom: { a: "\u00fc" } });
    const { output } = await run(invoke({ FunctionName: "f", Qualifier: "7", ClientContext }), {}, { f });
    expect(output).toMatchObject({
      ExecutedVersion: "7",
      Payload: { functionVersion: "7", clientContext: { custom: { a: "\u00fc" } } },
    });
  });

  it.each([
    ["f:7", "7"],
    ["f:live", "$LATEST"],
    ["arn:aws:lambda:us-east-1:123456789012:function:f:12", "12"],
    ["arn:aws:lambda:us-east-1:123456789012:function:f", "$LATEST"],
  ])("finds the version in %s", async (FunctionName, version) => {
    const { output } = await run(invoke({ FunctionName }), {}, echo);
    expect(output).toMatchObject({ ExecutedVersion: version });
  });

  it.each([
    [{ InvocationType: "Later" }, "Lambda.ValidationException", "'invocationType'"],
    [{ InvocationType: 5 }, "Lambda.ValidationException", "Value '5'"],
    [{ LogType: "All" }, "Lambda.ValidationException", "[None, Tail]"],
    [{ Qualifier: "a b" }, "Lambda.ValidationException", "'qualifier'"],
    [{ Qualifier: "a".repeat(129) }, "Lambda.ValidationException", "'qualifier'"],
    [{ FunctionName: "f:1", Qualifier: "2" }, "Lambda.InvalidParameterValueException", "derived qualifier"],
    [{ ClientContext: "{}" }, "Lambda.InvalidRequestContentException", "Base64"],
    [{ ClientContext: encoded([1]) }, "Lambda.InvalidRequestContentException", "Base64"],
    [{ ClientContext: encoded({ a: "b".repeat(3_583) }) }, "Lambda.InvalidRequestContentException", "3583"],
  ])("refuses %j", async (parameters, error, cause) => {
    const result = await run(invoke({ FunctionName: "f", ...parameters }), {}, { f: () => expect.unreachable() });
    expect(result).toMatchObject({ status: "FAILED", error });
    expect(result.cause).toContain(cause);
  });
});
