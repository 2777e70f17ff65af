import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAcceptable } from "../../../shared/asl/validate/diagnostic.ts";
import { validateDefinition } from "../../../shared/asl/validate/validate.ts";
import { definitions } from "./definitions.ts";

type State = Record<string, unknown>;

/** Every state of a definition, nested ones too. */
function statesIn(value: unknown): readonly State[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(statesIn);
  return "StartAt" in value && "States" in value
    ? [...(Object.values(value.States as State) as State[]), ...inner]
    : inner;
}

/** Ways to spoil one state; each makes any definition a bad one. */
const spoilers: Readonly<Record<string, (state: State) => void>> = {
  "an unknown field": (state) => {
    state.Colour = "red";
  },
  "no type": (state) => {
    delete state.Type;
  },
  "an unknown type": (state) => {
    state.Type = "Jump";
  },
  "a target that is not there": (state) => {
    state.Next = "Nowhere";
  },
  "a field of the other language": (state) => {
    Object.assign(state, { OutputPath: "$", Output: 1 });
  },
  "a comment that is no string": (state) => {
    state.Comment = 7;
  },
  "an unknown query language": (state) => {
    state.QueryLanguage = "SQL";
  },
  "a retry of nothing": (state) => {
    state.Retry = [{}];
  },
};

describe("validation", () => {
  it("finds nothing wrong with a valid definition", () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        expect(validateDefinition(definition).filter(({ severity }) => severity === "ERROR")).toEqual([]);
      }),
    );
  });

  it.each(Object.entries(spoilers))("finds %s wherever it is put", (_, spoil) => {
    fc.assert(
      fc.property(definitions, fc.nat(), (definition, pick) => {
        const copy = structuredClone(definition);
        const states = statesIn(copy);
        spoil(states[pick % states.length]!);
        expect(isAcceptable(validateDefinition(copy))).toBe(false);
      }),
    );
  });

  it("says the same of a definition and of its text", () => {
    fc.assert(
      fc.property(fc.oneof(definitions, fc.jsonValue()), (definition) => {
        fc.pre(typeof definition !== "string");
        expect(validateDefinition(JSON.stringify(definition, undefined, 1))).toEqual(validateDefinition(definition));
      }),
    );
  });

  it("gives diagnostics, never an exception, for whatever text it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(isAcceptable(validateDefinition(text))).toBe(false);
      }),
    );
  });

  it("gives diagnostics, never an exception, whatever a field holds", () => {
    fc.assert(
      fc.property(definitions, fc.nat(), fc.nat(), fc.jsonValue(), (definition, pick, pickField, value) => {
        const copy = structuredClone(definition);
        const states = statesIn(copy);
        const state = states[pick % states.length]!;
        const names = Object.keys(state);
        state[names[pickField % names.length]!] = value;
        expect(Array.isArray(validateDefinition(copy))).toBe(true);
      }),
    );
  });
});
