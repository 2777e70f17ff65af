import { StatesError } from "../../errors.ts";
import { stringifyExact } from "../exact/json.ts";
import { answerApart } from "../isolation/apart.ts";
import type { IntrinsicJob } from "../isolation/job.ts";
import { takeSteps } from "../isolation/steps.ts";
import { jsonBytes, mostBytes, shownJson } from "../json-size.ts";
import { explainMiss } from "../jsonpath/evaluate.ts";
import { compileLookup, rootReader } from "../jsonpath/lookup.ts";
import type { Path } from "../jsonpath/syntax.ts";
import { type Entropy, type Query, type Scope, systemEntropy } from "../scope.ts";
import { IntrinsicFailure } from "./failure.ts";
import { intrinsics } from "./functions.ts";
import { parseIntrinsic } from "./parse.ts";
import type { Argument, Call } from "./syntax.ts";

/**
 * Compiles an intrinsic call, nested calls included.
 *
 * @throws QuerySyntaxError now; the query throws States.Runtime, as AWS does, if an argument's path selects nothing
 * or a function refuses its arguments.
 */
export function compileIntrinsic(text: string): Query {
  const evaluate = compileCall(parseIntrinsic(text), text);
  return (scope) => {
    try {
      return evaluate(scope, scope.entropy ?? systemEntropy);
    } catch (error) {
      if (!(error instanceof IntrinsicFailure)) throw error;
      const cause = `There was an error while evaluating the intrinsic function: ${text}. ${error.message}`;
      throw new StatesError("States.Runtime", cause);
    }
  };
}

/** Bytes of all arguments of one call as JSON text: no state could pass on a quarter of it. */
const longestArguments = 2 ** 20;

/** A bound above the bytes of arguments that may be looked through here. */
const MOST_MEASURED = 2 ** 21;

const FEW_ARGUMENTS = 8;

type Evaluate = (scope: Scope, entropy: Entropy) => unknown;

function compileCall(call: Call, text: string): Evaluate {
  const intrinsic = intrinsics[call.name];
  if (intrinsic === undefined) throw new TypeError(`${call.name} is not an intrinsic function`);
  const { least, most, apply, cost } = intrinsic;
  const isFormat = call.name === "States.Format";
  const evaluators = call.arguments.map((argument, index) =>
    isFormat ? compileFormatArgument(argument, index, text) : compileArgument(argument, text),
  );
  const count = evaluators.length;
  // One argument is as large as what a state is given; many, or what other calls make of it, may be any size.
  const isUnbounded = count > FEW_ARGUMENTS || call.arguments.some(({ kind }) => kind === "call");
  const isMeasured = isUnbounded || cost > 0;
  const query = {};
  const applyApart = (values: readonly unknown[], scope: Scope): unknown => {
    const job = (): IntrinsicJob => ({ kind: "intrinsic", text: call.name, values });
    return answerApart(query, scope, job, (why) => new IntrinsicFailure(why.replace(/^: /, "")));
  };
  return (scope, entropy) => {
    const values: unknown[] = new Array(count);
    for (let index = 0; index < count; index += 1) values[index] = evaluators[index]?.(scope, entropy);
    const bytes = isMeasured ? mostBytes(values, MOST_MEASURED) : 0;
    if (isUnbounded && bytes > longestArguments && jsonBytes(values, longestArguments) > longestArguments) {
      throw new IntrinsicFailure(`The arguments of ${call.name} are too large`);
    }
    const isHere = cost === 0 || takeSteps(scope, bytes * cost);
    const answer =
      count < least || count > most ? undefined : isHere ? apply(values, entropy) : applyApart(values, scope);
    if (answer === undefined) throw new IntrinsicFailure(`Invalid arguments in ${call.name}`);
    return answer;
  };
}

function compileArgument(argument: Argument, text: string): Evaluate {
  switch (argument.kind) {
    case "call":
      return compileCall(argument, text);
    case "path":
      return compilePathArgument(argument.path, text);
    default: {
      const { value } = argument;
      return () => value;
    }
  }
}

/** The template keeps its escapes, and what States.StringToJson gives is printed as JSON instead of as Java prints. */
function compileFormatArgument(argument: Argument, index: number, text: string): Evaluate {
  if (argument.kind === "string" && index === 0) {
    const { template } = argument;
    return () => template;
  }
  const evaluate = compileArgument(argument, text);
  if (index === 0 || argument.kind !== "call" || argument.name !== "States.StringToJson") return evaluate;
  return (scope, entropy) => stringifyExact(evaluate(scope, entropy));
}

function compilePathArgument(path: Path, text: string): Evaluate {
  const lookup = compileLookup(path);
  const readRoot = rootReader(path.root);
  return (scope) => {
    const value = lookup(scope);
    if (value !== undefined) return value;
    const { reason, kind } = explainMiss(path.segments, readRoot(scope));
    const shown = kind === "fault" ? reason : explainMissingArgument(path, scope);
    throw new StatesError("States.Runtime", `The function '${text}' had the following error: ${shown}`);
  };
}

/** AWS names a path into the context object as if it started at `$`, and shows the state's input all the same. */
function explainMissingArgument(path: Path, scope: Scope): string {
  const shown = path.root.kind === "context" ? path.text.slice(1) : path.text;
  const input = shownJson(scope.input);
  return `The JsonPath argument for the field '${shown}' could not be found in the input '${input}'`;
}
