// Plain JavaScript, so that a process that is to be killed starts without a compiler.

/**
 * Every kind of work that can be interrupted: an inline Map of tasks that are tried again, a Distributed Map in a
 * Distributed Map, of which one tolerates a failure and another is caught, a Parallel, a Wait and a callback.
 */
const definition = {
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemsPath: "$.each",
      ItemProcessor: { StartAt: "Work", States: { Work: work({ End: true }) } },
      ResultPath: "$.each",
      Next: "Groups",
    },
    Groups: distributed("Outer", "$.groups", {
      StartAt: "Both",
      States: {
        Both: {
          Type: "Parallel",
          Branches: [
            {
              StartAt: "Items",
              States: {
                Items: distributed(
                  "Inner",
                  "$.items",
                  {
                    StartAt: "WorkOnItem",
                    States: {
                      WorkOnItem: work({ Next: "Rest" }),
                      Rest: { Type: "Wait", Seconds: 5, End: true },
                    },
                  },
                  { ToleratedFailureCountPath: "$.tolerated", End: true },
                ),
              },
            },
            { StartAt: "Pause", States: { Pause: { Type: "Wait", Seconds: 600, End: true } } },
          ],
          ResultSelector: { "items.$": "$[0]" },
          ResultPath: "$.done",
          Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.caught", Next: "Ask" }],
          Next: "Ask",
        },
        Ask: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
          Parameters: { FunctionName: "ask", Payload: { "name.$": "$.name", "token.$": "$$.Task.Token" } },
          ResultPath: "$.answer",
          End: true,
        },
      },
    }),
    Sum: { Type: "Task", Resource: "sum", End: true },
  },
};

const input = {
  each: ["one", "two flaky"],
  groups: [
    { name: "first", items: ["three flaky", "broken", "four"], tolerated: 1 },
    { name: "second", items: ["broken too"], tolerated: 0 },
  ],
};

function work(next) {
  return { Type: "Task", Resource: "work", Retry: [{ ErrorEquals: ["Oops"], IntervalSeconds: 30 }], ...next };
}

function distributed(Label, ItemsPath, body, next = { ResultPath: "$.groups", Next: "Sum" }) {
  const ItemProcessor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...body };
  return { Type: "Map", Label, ItemsPath, MaxConcurrency: 2, ItemProcessor, ...next };
}

/** The tasks. An attempt is told of before it does anything, and its outcome says which one it was. */
function handlers(tell, tokens) {
  const attempt = (name, { task }) => {
    const told = `<${name}, try ${task.retryCount}>`;
    tell(told);
    return told;
  };
  return {
    work: (item, context) => {
      const cause = attempt(item, context);
      if (/broken/.test(item)) throw Object.assign(new Error(), { error: "Broken", cause });
      if (/flaky/.test(item) && context.task.retryCount === 0)
        throw Object.assign(new Error(), { error: "Oops", cause });
      return cause;
    },
    ask: ({ name, token }, context) => {
      tokens.add(token);
      return attempt(`ask ${name}`, context);
    },
    sum: ({ each, groups }, context) => ({
      told: attempt("sum", context),
      each,
      groups: groups.map(({ done, caught, answer }) => ({ answer, came: done?.items ?? caught.Error })),
    }),
  };
}

export async function run(
  { compileStateMachine, functionsResolver, Interpreter, timeSkippingClock },
  history,
  tell,
  tokens,
) {
  const interpreter = new Interpreter({
    clock: timeSkippingClock(),
    resolver: functionsResolver(handlers(tell, tokens)),
  });
  let isOver = false;
  const options = { name: "run", stateMachineName: "machine", history };
  const result = interpreter.run(compileStateMachine(definition), input, options).finally(() => {
    isOver = true;
  });
  result.catch(() => {});
  // Who was given a token answers until it is heard, whatever process it asks.
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const token of tokens) await interpreter.completeTask(token, { output: "yes" }).catch(() => {});
  }
  return result;
}

/** What it ends with. */
export const output = {
  told: "<sum, try 0>",
  each: ["<one, try 0>", "<two flaky, try 1>"],
  groups: [
    { answer: "yes", came: ["<three flaky, try 1>", "<four, try 0>"] },
    { answer: "yes", came: "States.ExceedToleratedFailureThreshold" },
  ],
};

/** All attempts that it takes, in alphabetical order. */
export const attempts = [
  "<ask first, try 0>",
  "<ask second, try 0>",
  "<broken too, try 0>",
  "<broken, try 0>",
  "<four, try 0>",
  "<one, try 0>",
  "<sum, try 0>",
  "<three flaky, try 0>",
  "<three flaky, try 1>",
  "<two flaky, try 0>",
  "<two flaky, try 1>",
];
