import { describe, expect, it } from "vitest";
import { compileStateMachine, functionsResolver, Interpreter } from "../../shared/asl/index.ts";

describe("the package", () => {
  it("runs one's own state machine with in-process handlers in fifteen lines", async () => {
    const machine = compileStateMachine({
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemProcessor: { StartAt: "Greet", States: { Greet: { Type: "Task", Resource: "greet", End: true } } },
          End: true,
        },
      },
    });
    const interpreter = new Interpreter({
      resolver: functionsResolver({ greet: async (name: string) => `Hello, ${name}!` }),
    });
    const { status, output } = await interpreter.run(machine, ["Ada", "Grace"]);
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: ["Hello, Ada!", "Hello, Grace!"] });
  });
});
