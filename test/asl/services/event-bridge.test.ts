import { describe, expect, it } from "vitest";
import { services } from "./services.ts";

const good = { Source: "s", DetailType: "d", Detail: '{"a":1}' };
const put = async (entries: object[], service = "aws-sdk:eventbridge") => {
  const { call, events } = services();
  return { result: await call(`${service}:putEvents`, { Entries: entries }), events };
};
const MALFORMED = { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };

describe("events put on a bus", () => {
  it("are handed on with an id of their own, and to the bus they name", async () => {
    const { result, events } = await put([good, { ...good, EventBusName: "mine", Detail: { b: 2 } }]);
    expect(events).toEqual([
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), bus: "default", source: "s", detailType: "d", detail: { a: 1 } },
      { id: expect.any(String), bus: "mine", source: "s", detailType: "d", detail: { b: 2 } },
    ]);
    expect(result.output).toEqual({ Entries: events.map(({ id }) => ({ EventId: id })), FailedEntryCount: 0 });
  });

  it.each([['"text"'], ["[]"], ['[{"a":1}]'], ["null"], ["{"], [[]], [[{ a: 1 }]], [7], [true]])(
    "are malformed with %j for a detail: it is no object",
    async (Detail) => {
      const { result, events } = await put([{ ...good, Detail }]);
      expect(result.output).toEqual({ Entries: [MALFORMED], FailedEntryCount: 1 });
      expect(events).toEqual([]);
    },
  );

  it.each(["Source", "DetailType", "Detail"])("need %s", async (field) => {
    const refused = {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
    };
    const { [field]: _left, ...without } = good as Record<string, string>;
    const { result, events } = await put([without, { ...good, [field]: "" }, good]);
    expect(result.output).toEqual({ Entries: [refused, refused, { EventId: events[0]!.id }], FailedEntryCount: 2 });
  });

  it("fail the optimised integration where one is refused, with the whole response for a cause", async () => {
    const { result, events } = await put([good, { ...good, Detail: "[]" }], "events");
    expect(result).toMatchObject({ status: "FAILED", error: "EventBridge.FailedEntry" });
    expect(JSON.parse(result.cause!)).toEqual({
      Entries: [{ EventId: events[0]!.id }, MALFORMED],
      FailedEntryCount: 1,
    });
  });

  it("are answered without metadata, unlike other optimised integrations", async () => {
    const { result, events } = await put([good], "events");
    expect(result.output).toEqual({ Entries: [{ EventId: events[0]!.id }], FailedEntryCount: 0 });
  });
});
