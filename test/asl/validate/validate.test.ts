import { describe, expect, it } from "vitest";
import { invalidDefinitionMessage, isAcceptable } from "../../../shared/asl/validate/diagnostic.ts";
import { validateDefinition, validateState } from "../../../shared/asl/validate/validate.ts";
import {
  around,
  type BadDefinition,
  badChoices,
  badErrorHandling,
  badFields,
  badInExpress,
  badMaps,
  badQueries,
  badStates,
  badStructure,
} from "./bad-definitions.ts";

const families: Readonly<Record<string, readonly BadDefinition[]>> = {
  "the structure of a machine": badStructure,
  "fields on states that have no use for them": badFields,
  "the fields of states": badStates,
  "Retry and Catch": badErrorHandling,
  "Choice rules": badChoices,
  "Map states": badMaps,
  "query languages": badQueries,
  "Express machines": badInExpress,
};

for (const [family, rows] of Object.entries(families)) {
  describe(`a fault in ${family}`, () => {
    it.each(rows)("$title is found, and nothing else", ({ definition, type, code, location, message }) => {
      const diagnostics = validateDefinition(definition, type && { type });
      expect(diagnostics).toEqual([
        {
          severity: "ERROR",
          code: code ?? "SCHEMA_VALIDATION_FAILED",
          message: message ?? expect.any(String),
          ...(location === undefined ? {} : { location }),
        },
      ]);
    });
  });
}

describe("several faults", () => {
  it("are listed with dangling targets before the missing end, as in AWS", () => {
    const diagnostics = validateDefinition({ StartAt: "A", States: { A: { Type: "Pass", Next: "NOPE" } } });
    expect(diagnostics.map(({ code }) => code)).toEqual(["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"]);
  });

  it("do not include unreachable states where nothing ends the machine", () => {
    const loop = { StartAt: "A", States: { A: { Type: "Pass", Next: "A" }, Island: { Type: "Pass", Next: "A" } } };
    expect(validateDefinition(loop).map(({ code }) => code)).toEqual(["MISSING_END_STATE"]);
  });

  it("make one InvalidDefinition message", () => {
    const dangling = {
      StartAt: "pass1",
      States: { pass1: { Type: "Pass", Next: "pass3" }, pass2: { Type: "Succeed" } },
    };
    expect(invalidDefinitionMessage(validateDefinition(dangling))).toBe(
      "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, " +
        'MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2\'',
    );
  });

  it("print a place that is not there as AWS does", () => {
    const loop = { StartAt: "A", States: { A: { Type: "Pass", Next: "A" } } };
    expect(invalidDefinitionMessage(validateDefinition(loop))).toBe(
      "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'",
    );
  });
});

describe("a warning", () => {
  const warned = [
    ["NO_DOLLAR", { Type: "Pass", Parameters: { a: "$.b" }, End: true }, "/States/S/Parameters/a"],
    ["NO_DOLLAR", { Type: "Pass", Parameters: { a: { b: "States.UUID()" } }, End: true }, "/States/S/Parameters/a/b"],
    ["NO_PATH", { Type: "Fail", Cause: "$.cause" }, "/States/S/Cause"],
    ["PASS_RESULT_IS_STATIC", { Type: "Pass", Result: { a: "$.b" }, End: true }, "/States/S/Result"],
    ["INVALID_RESOURCE", { Type: "Task", Resource: "myHandler", End: true }, "/States/S/Resource"],
  ] as const;

  it.each(warned)("%s does not keep a definition from being created", (code, state, location) => {
    const diagnostics = validateDefinition(around(state));
    expect(diagnostics).toEqual([{ severity: "WARNING", code, message: expect.any(String), location }]);
    expect(isAcceptable(diagnostics)).toBe(true);
  });

  it("comes after the errors", () => {
    const state = { Type: "Pass", Parameters: { a: "$.b" }, Retry: [], End: true };
    expect(validateDefinition(around(state)).map(({ severity }) => severity)).toEqual(["ERROR", "WARNING"]);
  });
});

describe("what is allowed", () => {
  const jsonata = { QueryLanguage: "JSONata" };
  const good: Readonly<Record<string, unknown>> = {
    "a JSONPath state nested in a JSONata Map of a JSONPath machine": around({
      Type: "Map",
      ...jsonata,
      ItemProcessor: { StartAt: "I", States: { I: { Type: "Pass", InputPath: "$.a", End: true } } },
      End: true,
    }),
    "a result in the output of a Task": around(
      {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Arguments: "{% $states.input %}",
        Output: "{% $states.result.a %}",
        End: true,
      },
      jsonata,
    ),
    "an error output in a catcher": around(
      {
        Type: "Task",
        Resource: "arn:aws:states:::sns:publish",
        Arguments: { Message: "m" },
        Catch: [{ ErrorEquals: ["States.ALL"], Output: { c: "{% $states.errorOutput.Cause %}" }, Next: "Done" }],
        End: true,
      },
      jsonata,
    ),
    "bare names below the top level": around(
      {
        Type: "Pass",
        Output: "{% $states.input.items[price > 1].{ 'n': name, 's': $sum(parts.(a * b)) } %}",
        End: true,
      },
      jsonata,
    ),
    "field names of one's own called States": around({ Type: "Pass", Result: { States: { A: 1 } }, End: true }),
    "an empty Retry": around({
      Type: "Task",
      Resource: "arn:aws:lambda:::function:f",
      Retry: [],
      Catch: [],
      End: true,
    }),
    "paths into the context object and variables": around({
      Type: "Pass",
      InputPath: "$$.Execution.Input",
      OutputPath: "$var.a[0]",
      ResultPath: null,
      Parameters: { "a.$": "$.b[?(@.c == 'd')]", "e.$": "States.Format('{}', $$.State.Name)" },
      End: true,
    }),
  };
  it.each(Object.entries(good))("%s", (_, definition) => {
    expect(validateDefinition(definition)).toEqual([]);
  });
});

describe("a state on its own", () => {
  it("may lead anywhere", () => {
    expect(validateState({ Type: "Pass", Next: "Elsewhere" })).toEqual([]);
  });

  it("is located as if in a machine (recorded from AWS, February 2026)", () => {
    const diagnostics = validateState({ Type: "Wait", Seconds: -1, Retry: [], End: true });
    expect(diagnostics.map(({ location }) => location)).toEqual(["/States/StateName/Seconds", "/States/StateName"]);
  });

  it("is checked with the machines nested in it", () => {
    const processor = { StartAt: "I", States: { I: { Type: "Pass", Next: "Z" }, E: { Type: "Succeed" } } };
    const diagnostics = validateState({ Type: "Map", ItemProcessor: processor, End: true });
    expect(diagnostics.map(({ location }) => location)).toEqual([
      "/States/StateName/ItemProcessor/States/I/Next",
      "/States/StateName/ItemProcessor/States/E",
    ]);
  });

  it("is an object", () => {
    expect(isAcceptable(validateState("[]"))).toBe(false);
    expect(isAcceptable(validateState("{"))).toBe(false);
  });
});

describe("names of variables", () => {
  const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f";
  const pass = (name: string) => ({ Type: "Pass", Assign: { [name]: 1 }, End: true });
  const branch = (state: string, name: string) => ({ StartAt: state, States: { [state]: pass(name) } });

  it("may be the same in branches beside each other, and in states of one scope", () => {
    const Branches = [branch("A", "v"), branch("B", "v")];
    const states = { P: { Type: "Parallel", Branches, Assign: { w: 1 }, Next: "Q" }, Q: pass("w") };
    expect(validateDefinition({ StartAt: "P", States: states })).toEqual([]);
  });

  it("may be the same in a catcher and in what it catches of, as AWS began such executions", () => {
    const caught = { ErrorEquals: ["States.ALL"], Assign: { v: 2 }, Next: "Q" };
    const inner = {
      StartAt: "A",
      States: {
        A: { ...pass("v"), Type: "Task", Resource: LAMBDA, Catch: [{ ...caught, Next: "E" }] },
        E: { Type: "Succeed" },
      },
    };
    const around = { P: { Type: "Parallel", Branches: [inner], Catch: [caught], Next: "Q" }, Q: { Type: "Succeed" } };
    expect(validateDefinition({ QueryLanguage: "JSONata", StartAt: "P", States: around })).toEqual([]);
  });

  it("are compared with those of a single state's own scope", () => {
    const state = { Type: "Parallel", Branches: [branch("A", "v")], Assign: { v: 1 }, End: true };
    expect(validateState(state)).toMatchObject([{ location: "/States/StateName/Branches[0]/States/A/Assign" }]);
  });
});
