import { comparisons } from "../choice/operators.ts";
import { stringifyExact } from "../exact/json.ts";
import { intrinsics } from "../intrinsics/functions.ts";
import { jsonBytes } from "../json-size.ts";
import { evaluationFailure, MemoryExceeded } from "../jsonata/failure.ts";
import { bindStepFunctions } from "../jsonata/functions.ts";
import { type LibraryExpression, meter } from "../jsonata/library.ts";
import { bounds, longestAnswer } from "../jsonata/limits.ts";
import { measure } from "../jsonata/meter.ts";
import { compileWithLibrary } from "../jsonata/parse.ts";
import { toPlainJson } from "../jsonata/result.ts";
import { compileSelector } from "../jsonpath/evaluate.ts";
import { parsePath } from "../jsonpath/parse.ts";
import { type Entropy, systemEntropy } from "../scope.ts";
import { seededEntropy } from "./entropy.ts";
import type { Answer, Job, JsonataJob } from "./job.ts";

/** Does a job, in the thread: for as long as it is let. */
export function answerTo(job: Job): Answer {
  try {
    const value = resultOf(job);
    if (jsonBytes(value, longestAnswer) > longestAnswer) throw new MemoryExceeded();
    return { json: value === undefined ? undefined : stringifyExact(value) };
  } catch (error) {
    return { failure: evaluationFailure(error).message };
  }
}

function resultOf(job: Job): unknown {
  switch (job.kind) {
    case "jsonata":
      return evaluate(job);
    case "path":
      return compileSelector(parsePath(job.text).segments)(job.document);
    case "comparison":
      return comparisons[job.text]?.(...job.values);
    case "intrinsic":
      return intrinsics[job.text]?.apply(job.values, systemEntropy);
  }
}

interface Compiled {
  readonly expression: LibraryExpression;
  readonly setEntropy: (entropy: Entropy) => void;
}

const compiled = new Map<string, Compiled>();
const COMPILED_AT_MOST = 500;

function evaluate({ text, bindings, entropy }: JsonataJob): unknown {
  const { expression, setEntropy } = compiled.get(text) ?? compile(text);
  setEntropy(seededEntropy(entropy));
  meter.left = Number.MAX_SAFE_INTEGER;
  const value = expression.evaluate(undefined, bindings);
  measure(value, meter);
  return toPlainJson(value);
}

function compile(text: string): Compiled {
  const expression = compileWithLibrary(text, bounds);
  let current: Entropy | undefined;
  bindStepFunctions(expression, () => current!);
  const setEntropy = (entropy: Entropy): void => {
    current = entropy;
  };
  const made = { expression, setEntropy };
  if (compiled.size >= COMPILED_AT_MOST) compiled.clear();
  compiled.set(text, made);
  return made;
}
