import { describe, expect, it } from "vitest";
import { services } from "./services.ts";

const sdk = "aws-sdk:eventbridge";
const hourly = { Name: "hourly", ScheduleExpression: "rate(1 hour)" };

describe("rules of event buses", () => {
  it("are put, described, disabled and enabled again", async () => {
    const { call } = services();
    const Arn = "arn:aws:events:us-east-1:000000000000:rule/hourly";
    expect((await call(`${sdk}:putRule`, hourly)).output).toEqual({ RuleArn: Arn });
    const described = async () => (await call(`${sdk}:describeRule`, { Name: "hourly" })).output;
    expect(await described()).toEqual({ ...hourly, Arn, EventBusName: "default", State: "ENABLED" });
    expect((await call(`${sdk}:disableRule`, { Name: "hourly" })).output).toEqual({});
    expect(await described()).toMatchObject({ State: "DISABLED" });
    await call(`${sdk}:enableRule`, { Name: "hourly" });
    expect(await described()).toMatchObject({ State: "ENABLED" });
  });

  it("are replaced whole by another of the name, and gone once deleted, which may be said twice", async () => {
    const { call } = services();
    await call(`${sdk}:putRule`, { ...hourly, State: "DISABLED", Description: "d" });
    await call(`${sdk}:putRule`, { Name: "hourly", EventPattern: '{"source":["s"]}' });
    const { output } = await call(`${sdk}:describeRule`, { Name: "hourly" });
    expect(output).toMatchObject({ State: "ENABLED", EventPattern: '{"source":["s"]}' });
    expect(output).not.toHaveProperty("Description");
    for (let time = 0; time < 2; time += 1) {
      expect((await call(`${sdk}:deleteRule`, { Name: "hourly" })).status).toBe("SUCCEEDED");
    }
    expect((await call(`${sdk}:describeRule`, { Name: "hourly" })).error).toBe("EventBridge.ResourceNotFoundException");
  });

  it("are listed by bus, prefix and page", async () => {
    const { call } = services();
    for (const Name of ["b2", "b1", "a1", "b3"]) await call(`${sdk}:putRule`, { ...hourly, Name });
    await call(`${sdk}:putRule`, { ...hourly, Name: "b9", EventBusName: "mine" });
    const list = async (input: object) => {
      const { Rules, ...more } = (await call(`${sdk}:listRules`, input)).output as {
        readonly Rules: readonly { readonly Name: string; readonly Arn: string }[];
      };
      return { names: Rules.map((rule) => rule.Name), ...more };
    };
    expect(await list({})).toEqual({ names: ["a1", "b1", "b2", "b3"] });
    expect(await list({ NamePrefix: "b", Limit: 2 })).toEqual({ names: ["b1", "b2"], NextToken: "2" });
    expect(await list({ NamePrefix: "b", Limit: 2, NextToken: "2" })).toEqual({ names: ["b3"] });
    // The last page says so, also where it is full.
    expect(await list({ NamePrefix: "b", Limit: 1, NextToken: "2" })).toEqual({ names: ["b3"] });
    expect(await list({ Limit: 100 })).toEqual({ names: ["a1", "b1", "b2", "b3"] });
    expect(await list({ EventBusName: "mine" })).toEqual({ names: ["b9"] });
  });

  it.each([
    ["describeRule", { Name: "no" }, "ResourceNotFoundException", "Rule no does not exist on EventBus default."],
    [
      "disableRule",
      { Name: "no", EventBusName: "b" },
      "ResourceNotFoundException",
      "Rule no does not exist on EventBus b.",
    ],
    ["putRule", { Name: "r" }, "EventBridgeException", "EventPattern or ScheduleExpression must be specified"],
    ["putRule", { ...hourly, State: "ON" }, "EventBridgeException", '"ON"'],
    ["putRule", { ...hourly, Name: "a b" }, "EventBridgeException", '"a b"'],
    ["putRule", { Name: "r", EventPattern: "[]" }, "InvalidEventPatternException", "Event pattern is not valid"],
    ["putRule", { Name: "r", EventPattern: "{" }, "InvalidEventPatternException", "Event pattern is not valid"],
    ["listRules", { Limit: 0 }, "EventBridgeException", "1 to 100"],
    ["listRules", { Limit: 101 }, "EventBridgeException", "1 to 100"],
    ["listRules", { Limit: "5" }, "EventBridgeException", "1 to 100"],
    ["listRules", { NextToken: "soon" }, "EventBridgeException", "a page before"],
  ])("%s refuses %j", async (action, input, error, cause) => {
    const result = await services().call(`${sdk}:${action}`, input);
    expect(result).toMatchObject({ status: "FAILED", error: `EventBridge.${error}` });
    expect(result.cause).toContain(cause);
  });
});
