/** Definitions that hold each type of state and each field of it, in both query languages. */

const lambda = "arn:aws:lambda:us-east-1:123456789012:function:f";
const invoke = "arn:aws:states:::lambda:invoke";
/** Names of states are unique in a whole definition. */
const machine = (name: string) => ({ StartAt: name, States: { [name]: { Type: "Pass", End: true } } });
const distributed = (name: string) => ({
  ...machine(name),
  ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
});
const retry = [
  {
    ErrorEquals: ["States.Timeout"],
    IntervalSeconds: 1,
    MaxAttempts: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 9,
    JitterStrategy: "FULL",
  },
];

export const DEFINITIONS: readonly object[] = [
  {
    StartAt: "A",
    Comment: "JSONPath",
    TimeoutSeconds: 600,
    States: {
      A: {
        Type: "Pass",
        InputPath: "$",
        Parameters: {
          "a.$": "$.list[0]",
          "b.$": "States.Format('{} {}', $.s, $$.State.Name)",
          c: { "d.$": "$.list[?(@.a == 2)]" },
        },
        ResultPath: "$.made",
        OutputPath: "$",
        Assign: { "v.$": "$.n" },
        Next: "B",
      },
      B: {
        Type: "Task",
        Resource: lambda,
        Parameters: { "x.$": "$v" },
        ResultSelector: { "y.$": "$.x" },
        ResultPath: "$.task",
        TimeoutSeconds: 60,
        HeartbeatSeconds: 10,
        Credentials: { RoleArn: "arn:aws:iam::123456789012:role/r" },
        Retry: retry,
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "C", Assign: { "e.$": "$.Error" } }],
        Next: "C",
      },
      C: {
        Type: "Choice",
        Choices: [
          {
            And: [{ Variable: "$.n", IsPresent: true }, { Not: { Variable: "$.n", NumericGreaterThan: 5 } }],
            Next: "D",
          },
          {
            Or: [
              { Variable: "$.s", StringMatches: "x*" },
              { Variable: "$.n", NumericEqualsPath: "$v" },
            ],
            Next: "E",
          },
        ],
        Default: "F",
      },
      D: { Type: "Wait", SecondsPath: "$.n", Next: "G" },
      E: { Type: "Wait", Timestamp: "2024-01-01T00:00:00Z", Next: "G" },
      F: { Type: "Fail", ErrorPath: "$.s", CausePath: "States.Format('{}', $.s)" },
      G: { Type: "Succeed", OutputPath: "$.made" },
    },
  },
  {
    StartAt: "P",
    States: {
      P: {
        Type: "Parallel",
        Branches: [machine("P1"), { StartAt: "J", States: { J: { Type: "Fail", Error: "E", Cause: "c" } } }],
        Parameters: { "list.$": "$.list" },
        Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ["E"], Next: "M", ResultPath: "$.caught" }],
        ResultPath: "$.p",
        Next: "M",
      },
      M: {
        Type: "Map",
        ItemsPath: "$.list",
        ItemSelector: { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value" },
        MaxConcurrency: 2,
        ItemProcessor: { ...machine("M1"), ProcessorConfig: { Mode: "INLINE" } },
        ResultPath: "$.m",
        Next: "D",
      },
      D: {
        Type: "Map",
        ItemProcessor: distributed("D1"),
        ItemReader: {
          Resource: "arn:aws:states:::s3:getObject",
          ReaderConfig: { InputType: "JSON", MaxItems: 10 },
          Parameters: { Bucket: "b", "Key.$": "$.key" },
        },
        ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { "n.$": "$.n" } },
        ResultWriter: {
          Resource: "arn:aws:states:::s3:putObject",
          Parameters: { Bucket: "b", Prefix: "p" },
          WriterConfig: { Transformation: "NONE", OutputType: "JSON" },
        },
        Label: "L",
        ToleratedFailurePercentage: 10,
        ToleratedFailureCountPath: "$.n",
        MaxConcurrencyPath: "$.n",
        End: true,
      },
    },
  },
  {
    StartAt: "A",
    QueryLanguage: "JSONata",
    States: {
      A: {
        Type: "Pass",
        Output: { n: "{% $states.input.n + 1 %}", list: "{% $states.input.list %}" },
        Assign: { v: "{% $states.input.n %}" },
        Next: "B",
      },
      B: {
        Type: "Task",
        Resource: invoke,
        Arguments: { FunctionName: "f", Payload: "{% $states.input %}" },
        Output: "{% $states.result %}",
        Assign: { r: "{% $states.result %}" },
        TimeoutSeconds: "{% 60 %}",
        Retry: retry,
        Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput %}", Next: "C" }],
        Next: "C",
      },
      C: {
        Type: "Choice",
        Choices: [{ Condition: "{% $v > 5 %}", Next: "W", Output: 1, Assign: { q: 1 } }],
        Default: "M",
      },
      W: { Type: "Wait", Seconds: "{% $v %}", Output: "{% $states.input %}", Next: "X" },
      X: { Type: "Fail", Error: "{% 'E' %}", Cause: "{% $string($v) %}" },
      M: {
        Type: "Map",
        Items: "{% [1, 2] %}",
        ItemSelector: { i: "{% $states.context.Map.Item.Index %}" },
        MaxConcurrency: "{% 1 %}",
        ItemProcessor: machine("M1"),
        Output: "{% $states.result %}",
        Next: "D",
      },
      D: {
        Type: "Map",
        Items: [1, 2, 3],
        ItemBatcher: { MaxInputBytesPerBatch: "{% 1000 %}", BatchInput: { n: "{% $v %}" } },
        ItemProcessor: distributed("D1"),
        ToleratedFailureCount: "{% 1 %}",
        Next: "P",
      },
      P: {
        Type: "Parallel",
        Branches: [machine("P1")],
        Arguments: "{% $states.input %}",
        Output: "{% $states.result %}",
        Next: "S",
      },
      S: { Type: "Succeed", Output: "{% $v %}" },
    },
  },
];
