import * as fc from "fast-check";

type Fields = Readonly<Record<string, unknown>>;
type Language = "JSONPath" | "JSONata";

const lambda = "arn:aws:lambda:us-east-1:111111111111:function:f";
const seconds = fc.integer({ min: 1, max: 1000 });
const field = fc.constantFrom("a", "b", "list", "deep");
const path = fc.array(field, { maxLength: 3 }).map((names) => ["$", ...names].join("."));
const expression = path.map((text) => `{% $states.input${text.slice(1)} %}`);
const errorName = fc.constantFrom("States.Timeout", "States.TaskFailed", "Custom", "Lambda.ServiceException");

/** A generator that makes each of the optional fields, or not. */
function fields(required: Readonly<Record<string, fc.Arbitrary<unknown>>>, optional: typeof required = {}) {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) }) as fc.Arbitrary<Fields>;
}

const template = fc.dictionary(
  field.map((name) => `${name}.$`),
  fc.oneof(
    path,
    fc.constant("States.UUID()"),
    path.map((text) => `States.Array(${text}, 1)`),
  ),
);
const jsonataTemplate = fc.dictionary(
  field,
  fc.oneof(expression, fc.integer(), fc.array(expression, { maxLength: 2 })),
);

const inputAndOutput: Readonly<Record<Language, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  JSONPath: { InputPath: fc.option(path), OutputPath: fc.option(path), Comment: fc.string() },
  JSONata: { Output: jsonataTemplate, Comment: fc.string() },
};

const retry = fc
  .array(
    fields(
      { ErrorEquals: fc.uniqueArray(errorName, { minLength: 1 }) },
      {
        IntervalSeconds: seconds,
        MaxAttempts: fc.nat(10),
        BackoffRate: fc.double({ min: 1, max: 5, noNaN: true }),
        MaxDelaySeconds: seconds,
        JitterStrategy: fc.constantFrom("FULL", "NONE"),
      },
    ),
    { maxLength: 2 },
  )
  .chain((retriers) => fc.constantFrom(retriers, [...retriers, { ErrorEquals: ["States.ALL"] }]));

/** A Choice rule without its Next, with And, Or and Not nested a few levels. */
const { test } = fc.letrec<{ test: Fields }>((tie) => ({
  test: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fields({ Variable: path, IsPresent: fc.boolean() }),
    fields({ Variable: path, NumericLessThan: fc.integer() }),
    fields({ Variable: path, StringEqualsPath: path }),
    fields({ And: fc.array(tie("test"), { minLength: 1, maxLength: 3 }) }),
    fields({ Or: fc.array(tie("test"), { minLength: 1, maxLength: 3 }) }),
    fields({ Not: tie("test") }),
  ),
}));

type NameState = () => string;

function state(language: Language, next: string, depth: number, name: NameState): fc.Arbitrary<Fields> {
  const onward = { Next: fc.constant(next) };
  const common = inputAndOutput[language];
  const isPath = language === "JSONPath";
  const caught = { Retry: retry, Catch: fc.constantFrom([], [{ ErrorEquals: ["States.ALL"], Next: next }]) };
  const rule = isPath ? test : fields({ Condition: expression });
  const simple: fc.Arbitrary<Fields>[] = [
    fields({ Type: fc.constant("Pass"), ...onward }, { ...common, ...(isPath ? { Result: fc.jsonValue() } : {}) }),
    fields({ Type: fc.constant("Wait"), Seconds: seconds, ...onward }, common),
    fields({ Type: fc.constant("Wait"), Timestamp: fc.constant("2030-01-01T00:00:00Z"), ...onward }, common),
    fields(
      { Type: fc.constant("Task"), Resource: fc.constant(lambda), ...onward },
      {
        ...common,
        ...caught,
        TimeoutSeconds: seconds,
        ...(isPath ? { Parameters: template } : { Arguments: jsonataTemplate }),
      },
    ),
    fields(
      {
        Type: fc.constant("Choice"),
        Choices: fc.array(
          rule.map((one) => ({ ...one, Next: next })),
          { minLength: 1, maxLength: 3 },
        ),
      },
      { ...common, Default: fc.constant(next) },
    ),
  ];
  if (depth === 0) return fc.oneof(...simple);
  const nested = states(language, depth - 1, name);
  return fc.oneof(
    ...simple,
    fields(
      { Type: fc.constant("Parallel"), Branches: fc.array(nested, { minLength: 1, maxLength: 2 }), ...onward },
      { ...common, ...caught },
    ),
    fields(
      { Type: fc.constant("Map"), ItemProcessor: nested, ...onward },
      { ...common, ...caught, MaxConcurrency: fc.nat(40) },
    ),
  );
}

/** A chain of states with an end; names are drawn afresh, so that no two are alike. */
function states(language: Language, depth: number, name: NameState): fc.Arbitrary<Fields> {
  return fc.integer({ min: 0, max: 3 }).chain((length) => {
    const names = Array.from({ length: length + 1 }, name);
    const chain = names.slice(0, -1).map((_, index) => state(language, names[index + 1]!, depth, name));
    const last = fc.constantFrom<Fields>(
      { Type: "Succeed" },
      { Type: "Fail", Error: "E" },
      { Type: "Pass", End: true },
    );
    return fc.tuple(fc.tuple(...chain), last).map(([made, end]) => ({
      StartAt: names[0],
      States: Object.fromEntries([...made, end].map((one, index) => [names[index], one])),
    }));
  });
}

/** Definitions that are valid, in either query language, nested up to two deep. */
export const definitions: fc.Arbitrary<Fields> = fc.constantFrom<Language>("JSONPath", "JSONata").chain((language) => {
  let count = 0;
  const machine = states(language, 2, () => `State ${count++}`);
  return machine.map((made) => ({ QueryLanguage: language, ...made }));
});
