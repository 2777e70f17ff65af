import { isObject } from "../json.ts";
import { shownJson } from "../json-size.ts";
import { isDefinite, type Segment } from "./syntax.ts";

/**
 * Why a path selects nothing, in the words of the JSONPath library that Step Functions runs on and shows to users.
 * Called only after a selector answered undefined.
 */
export function explainMiss(segments: readonly Segment[], document: unknown): string {
  let value = document;
  let walked = "$";
  for (const [position, segment] of segments.entries()) {
    const fragment = fragmentOf(segment);
    if (segment.kind === "name") {
      if (!isObject(value)) return notAnObject(fragment, walked, value);
      walked += fragment;
      if (!Object.hasOwn(value, segment.name)) {
        const isLeaf = position === segments.length - 1;
        return isLeaf ? `No results for path: ${walked}` : `Missing property in path ${walked}`;
      }
      value = value[segment.name];
    } else if (segment.kind === "index") {
      if (!Array.isArray(value)) return notAnArray(fragment, walked, value);
      walked += fragment;
      value = value.at(segment.index);
      if (value === undefined) return `No results for path: ${walked}`;
    } else break;
  }
  return `No results for path: $${segments.map(fragmentOf).join("")}`;
}

/** True if the path is definite and only its last index is past the end of an array that is there. */
export function endsPastArray(segments: readonly Segment[], document: unknown): boolean {
  const last = segments.at(-1);
  if (last?.kind !== "index" || !isDefinite(segments)) return false;
  let value = document;
  for (const segment of segments.slice(0, -1)) {
    if (segment.kind === "name") value = isObject(value) ? value[segment.name] : undefined;
    else if (segment.kind === "index") value = Array.isArray(value) ? value.at(segment.index) : undefined;
  }
  return Array.isArray(value);
}

/** Set if an index was applied to something that is no array: AWS shows this reason where it shows no other. */
export function explainIndexOfNonArray(segments: readonly Segment[], document: unknown): string | undefined {
  const reason = explainMiss(segments, document);
  return reason.startsWith("Filter: ") ? reason : undefined;
}

function notAnObject(fragment: string, walked: string, value: unknown): string {
  return (
    `Expected to find an object with property ${fragment} in path ${walked} but found '${javaClass(value)}'. ` +
    "This is not a json object according to the JsonProvider: " +
    "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
  );
}

function notAnArray(fragment: string, walked: string, value: unknown): string {
  if (value === null) return `The path ${walked} is null`;
  return `Filter: ${fragment} can only be applied to arrays. Current context is: ${text(value)}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : shownJson(value);
}

function fragmentOf(segment: Segment): string {
  switch (segment.kind) {
    case "name":
      return `['${segment.name}']`;
    case "names":
      return `[${segment.names.map((name) => `'${name}'`).join(",")}]`;
    case "index":
      return `[${segment.index}]`;
    case "call":
      return `.${segment.name}()`;
    default:
      return "[*]";
  }
}

function javaClass(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "com.fasterxml.jackson.databind.node.ArrayNode";
  if (typeof value === "number") return Number.isInteger(value) ? "java.lang.Integer" : "java.lang.Double";
  return typeof value === "boolean" ? "java.lang.Boolean" : "java.lang.String";
}
