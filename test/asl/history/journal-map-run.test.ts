import { describe, expect, it } from "vitest";
import { compileStateMachine, HistoryJournal, Interpreter, memoryHistoryLog } from "../../../shared/asl/index.ts";

const machine = compileStateMachine({
  StartAt: "Items",
  States: {
    Items: {
      Type: "Map",
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        StartAt: "Item",
        States: { Item: { Type: "Pass", End: true } },
      },
      End: true,
    },
  },
});

describe("a Distributed Map whose history is in a journal", () => {
  it("resumes after its last write was lost", async () => {
    const log = memoryHistoryLog();
    const items = [10, 20, 30];
    await new Interpreter().run(machine, items, { history: new HistoryJournal(log).of("run") });
    log.events.pop();
    const resumed = await new Interpreter().run(machine, items, { history: new HistoryJournal(log).of("run") });
    expect(resumed).toMatchObject({ status: "SUCCEEDED", output: items });
  });
});
