import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ErrorCategory, ErrorInfo } from "../../shared/contracts/error-info.ts";
import { errorMeanings, meaningOf } from "../../shared/contracts/error-registry.ts";
import {
  CONTRACT_CATEGORIES,
  CONTRACT_VARIANTS,
  RUNNER_CLASSES,
  runnerClassOf,
} from "../../shared/contracts/error-words.ts";
import { recordableError, shownErrorInfo } from "../../shared/kernel/error-records.ts";
import { KernelError, toErrorInfo } from "../../shared/kernel/errors.ts";
import type { PlanProblem } from "../../shared/kernel/plan/errors.ts";
import { StoreError } from "../../shared/stores/errors.ts";
import { ERROR_SAMPLES, WITHHELD } from "../error-samples.ts";

const sources = new Map(
  ["functions", "scripts", "shared"].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => [join(room, path), readFileSync(join(room, path), "utf8")] as const),
  ),
);

/** Why a class needs no row of its own. */
const WITHOUT_ROW: Readonly<Record<string, string>> = {
  KernelError: "a base",
  StoreError: "a base",
  RecordedError: "bears the name of the error that was recorded",
  StatesError: "bears a States.* name, or the one that a Fail state gives",
  TaskTimeout: "named States.Timeout",
  HeartbeatTimeout: "named States.HeartbeatTimeout",
  AccessTrap: "named GuestTrap",
  ForbiddenAccess: "an AccessTrap of the oracle, which ends a run or answers EFAULT",
  PathFault: "becomes States.Runtime",
  QuerySyntaxError: "becomes a DefinitionError's diagnostic",
  IntrinsicFailure: "becomes States.Runtime",
  EvaluationFailure: "becomes States.QueryEvaluationError",
  MemoryExceeded: "becomes States.QueryEvaluationError",
  StepsExceeded: "goes on in a thread of its own",
  ServiceRefusal: "bears the name that the AWS service gives it",
  SyscallError: "handed to the guest as an errno",
  ServiceError: "a refusal of the Step Functions API, told to its client",
  StateFailure: "what the TestState API answers with",
};

/** The exported classes of every room that are errors. */
async function errorClasses(): Promise<string[]> {
  const files = [...sources].filter(([, text]) => /^export (abstract )?class \w+ extends /m.test(text));
  const modules = await Promise.all(
    files.map(([path]) => import(/* @vite-ignore */ `../../${path}`) as Promise<Record<string, unknown>>),
  );
  const classes = modules.flatMap((exported) =>
    Object.values(exported).filter((each) => typeof each === "function" && each.prototype instanceof Error),
  );
  return [...new Set(classes.map((each) => (each as { name: string }).name))].sort();
}

const classRows = errorMeanings().filter(({ name, room }) => room !== "aws" && !name.includes("."));

describe("every error class of every room", () => {
  it("has a row in the registry, or a reason why not", async () => {
    const classes = await errorClasses();
    expect(classes.length).toBeGreaterThan(50);
    expect(classes.filter((name) => meaningOf(name) === undefined)).toEqual(Object.keys(WITHOUT_ROW).sort());
  });

  it("that has a row is sampled here, under its own name", () => {
    expect(ERROR_SAMPLES.map(({ name }) => name).sort()).toEqual(classRows.map(({ name }) => name).sort());
  });

  it.each(ERROR_SAMPLES.map((error) => [error.name, error] as const))("means what its row says: %s", (name, error) => {
    const row = meaningOf(name)!;
    const info = toErrorInfo(error);
    expect(ErrorInfo.parse(info)).toEqual(info);
    expect(row.codes).toContain(info.code);
    expect(info).toMatchObject({ category: row.category, retryable: row.retry === "transient_io" });
  });

  it.each(ERROR_SAMPLES.map((error) => [error.name, error] as const))(
    "shows its own details and withholds what may come from outside: %s",
    (name, error) => {
      const info = recordableError(error);
      const whole = Object.keys((info.details as object | undefined) ?? {});
      const shown = Object.keys((shownErrorInfo(info).details as object | undefined) ?? {});
      expect(whole.filter((key) => !shown.includes(key))).toEqual(WITHHELD[name] ?? []);
    },
  );

  it("cannot be made without a row", () => {
    class Unregistered extends KernelError {
      constructor() {
        // @ts-expect-error no row of this name
        super("Unregistered", "x");
      }
    }
    class Unstored extends StoreError {
      constructor() {
        // @ts-expect-error a row of another room
        super("TransientIo", "x");
      }
    }
    expect(() => new Unregistered()).toThrow("error Unregistered: expected a row in the error registry, found none");
    expect(() => new Unstored()).not.toThrow();
  });
});

describe("every row", () => {
  const all = [...sources.values()].join("\n");
  const states = [...sources].flatMap(([path, text]) => (/^shared\/(asl|sfn)\//.test(path) ? [text] : [])).join("\n");

  it.each(classRows.map(({ name }) => name))("has somebody who throws it: %s", (name) => {
    // A stage of one's own throws it; those here have finer ones.
    if (name === "TransientIo") return;
    expect(all).toMatch(new RegExp(`new (\\w+\\.)?${name}\\(`));
  });

  const given = errorMeanings().filter(({ name, room }) => room === "asl" && name.includes("."));
  it.each(given.map(({ name }) => name))("of a state machine is given by the interpreter: %s", (name) => {
    expect(states).toContain(`"${name}"`);
  });

  it("of the plan has the codes of its problems", () => {
    const codes: Record<`plan_${PlanProblem["kind"]}`, true> = {
      plan_empty_plan: true,
      plan_duplicate_state_id: true,
      plan_missing_state_for_edge: true,
      plan_circular_dependency: true,
      plan_dangling_dependency_tag: true,
      plan_skipped_dependency: true,
      plan_unskippable_state: true,
      plan_unknown_skip_tag: true,
      plan_unknown_retry: true,
    };
    expect([...meaningOf("InvalidPlan").codes].sort()).toEqual(Object.keys(codes).sort());
  });

  it.each(["RecompilerError", "ElfError"] as const)("has the codes that are thrown: %s", (name) => {
    const recompiler = [...sources].filter(([path]) => path.startsWith("shared/recompiler/"));
    const given = name === "ElfError" ? /"(elf_[a-z_]+)"/g : /RecompilerError\((?:[^()"]*\?\? )?\s*"([a-z_]+)"/g;
    const codes = new Set(recompiler.flatMap(([, text]) => [...text.matchAll(given)].map((match) => match[1]!)));
    expect([...codes].sort()).toEqual([...meaningOf(name).codes].sort());
  });
});

describe("the words of the documents this follows", () => {
  it("have each category of ours in one of the machine contract's", () => {
    const ours: readonly ErrorCategory[] = Object.values(CONTRACT_CATEGORIES).flat();
    expect([...ours].sort()).toEqual([...ErrorInfo.shape.category.options].sort());
    const theirs = ["ParsingInput", "OnChain", "OffChain", "Rpc", "Storage", "Context", "Unknown"];
    expect(Object.keys(CONTRACT_CATEGORIES)).toEqual(theirs);
  });

  it("have every error of the stores and of external calls once among the machine contract's variants", () => {
    const named = Object.entries(CONTRACT_VARIANTS);
    const of = (kind: string) =>
      named.flatMap(([variant, names]) => (variant.startsWith(kind) ? [...names] : [])).sort();
    expect(of("StorageError::")).toEqual(
      classRows.flatMap(({ name, room }) => (room === "stores" ? [name] : [])).sort(),
    );
    expect(new Set(named.flatMap(([, names]) => [...names])).size).toBe(
      named.flatMap(([, names]) => [...names]).length,
    );
  });

  it("have every error in one of the pipeline runner's classes but those it has no word for, and only what is retried in transient_io", () => {
    for (const { name, retry, category } of errorMeanings()) {
      const of = runnerClassOf(name as never);
      const hasNoWord = retry === "never" && (category === "resource" || category === "unknown");
      expect([...RUNNER_CLASSES, undefined]).toContain(of);
      expect([name, of === undefined]).toEqual([name, hasNoWord]);
      expect(of === "transient_io").toBe(retry === "transient_io");
    }
    for (const each of ["contract_input_missing", "hard_gate_failed", "validation_failed", "transient_io"] as const) {
      const { name } = errorMeanings().find(({ codes }) => codes.includes(each as never))!;
      expect(runnerClassOf(name as never)).toBe(each);
    }
    for (const name of ["AttemptTimedOut", "RetryBudgetExhausted", "ExecTimedOut", "States.Timeout"] as const) {
      expect(runnerClassOf(name)).toBeUndefined();
    }
  });
});
