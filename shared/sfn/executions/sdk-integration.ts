import { plainJson } from "../../asl/engine.ts";
import { StatesError, stringifyExact, type TaskResolver } from "../../asl/index.ts";
import { ServiceError } from "../api/errors.ts";

/** Carries out an operation of the API. */
export type Perform = (operation: string, body: unknown, closed: AbortSignal) => Promise<object>;

/**
 * `aws-sdk:sfn`: the API of this server as a task. Fields begin with capital letters both ways, times are texts, and what
 * the API takes as JSON text may be given as JSON.
 */
export function sdkIntegration(perform: Perform): TaskResolver {
  return {
    async run({ resource, input, signal }) {
      const operation = resource.action.charAt(0).toUpperCase() + resource.action.slice(1);
      try {
        return answerOf(await perform(operation, requestOf(input), signal));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const cause = `${error.message} (Service: Sfn, Status Code: ${error.status})`;
        const name = error.code.endsWith("Exception") ? error.code : `${error.code}Exception`;
        throw new StatesError(`Sfn.${name}`, cause);
      }
    },
  };
}

/** Fields of requests that are JSON as text. */
const TEXTS = ["Input", "Output", "Definition"];

function requestOf(input: unknown): unknown {
  const fields = Object.entries((input ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const isText = TEXTS.includes(name) && typeof value !== "string";
      return [
        withInitial(name, "toLowerCase"),
        isText ? stringifyExact(value) : renamed(plainJson(value), "toLowerCase"),
      ];
    }),
  );
}

const answerOf = (answer: object): unknown => renamed(answer, "toUpperCase");

type Change = "toLowerCase" | "toUpperCase";

const withInitial = (name: string, change: Change): string => name.charAt(0)[change]() + name.slice(1);

function renamed(value: unknown, change: Change): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      withInitial(name, change),
      /(?:Date|^timestamp)$/.test(name) && typeof inner === "number"
        ? new Date(inner * 1000).toISOString()
        : renamed(inner, change),
    ]),
  );
}
