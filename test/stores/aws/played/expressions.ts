import { isDeepStrictEqual } from "node:util";
import { refuse } from "./refusal.ts";

/** A value as DynamoDB's API writes it: one field, named by the type. */
export type AttributeValue = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, AttributeValue>>;

/** What the placeholders of a request stand for; each that is given must be asked for. */
export interface Placeholders {
  name(token: string): string;
  value(token: string): AttributeValue;
  /** @throws when one was given for nothing, as DynamoDB does */
  checkUsed(): void;
}

export interface Given {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

export function placeholdersOf({ ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Given): Placeholders {
  const used = new Set<string>();
  return {
    name(token) {
      used.add(token);
      const name = token.startsWith("#") ? ExpressionAttributeNames[token] : token;
      return name ?? refuse("ValidationException", `${token} is not defined`);
    },
    value(token) {
      used.add(token);
      return ExpressionAttributeValues[token] ?? refuse("ValidationException", `${token} is not defined`);
    },
    checkUsed() {
      const unused = [ExpressionAttributeNames, ExpressionAttributeValues]
        .flatMap(Object.keys)
        .find((k) => !used.has(k));
      if (unused !== undefined) refuse("ValidationException", `${unused} is unused in expressions`);
    },
  };
}

/** Whether a condition holds: comparisons and functions joined by AND, those by OR. */
export function holds(item: Item | undefined, expression: string | undefined, given: Placeholders): boolean {
  if (expression === undefined) return true;
  // Each is looked at, so that each placeholder is.
  const all = expression.split(" OR ").map((terms) => terms.split(" AND ").map((term) => holdsTerm(item, term, given)));
  return all.some((terms) => terms.every(Boolean));
}

function holdsTerm(item: Item | undefined, term: string, given: Placeholders): boolean {
  const [, test, operands = ""] = /^\s*(\w+)\((.*)\)\s*$/.exec(term) ?? [];
  const [left = "", right = ""] = operands.split(",").map((operand) => operand.trim());
  const found = (token: string) => {
    const name = given.name(token);
    return item?.[name];
  };
  if (test === "attribute_exists") return found(left) !== undefined;
  if (test === "attribute_not_exists") return found(left) === undefined;
  if (test === "begins_with") return String(found(left)?.S).startsWith(String(given.value(right).S));
  const [, name = "", operator = "", value = ""] = /^\s*(#?\w+)\s*(<=|>=|=|<|>)\s*(:\w+)\s*$/.exec(term) ?? [];
  const is = COMPARISONS[operator] ?? refuse("ValidationException", `Syntax error: ${term}`);
  return is(found(name), given.value(value));
}

/** What is not there, or of another type, is neither smaller nor greater. */
const ordered =
  (is: (order: number) => boolean) =>
  (left: AttributeValue | undefined, right: AttributeValue): boolean =>
    left !== undefined && Object.keys(left)[0] === Object.keys(right)[0] && is(compare(left, right));

const COMPARISONS: Readonly<Record<string, (left: AttributeValue | undefined, right: AttributeValue) => boolean>> = {
  "=": (left, right) => isDeepStrictEqual(left, right),
  "<": ordered((order) => order < 0),
  ">": ordered((order) => order > 0),
  "<=": ordered((order) => order <= 0),
  ">=": ordered((order) => order >= 0),
};

/** Order of two keys of one type. */
export function compare(left: AttributeValue | undefined, right: AttributeValue | undefined): number {
  if (left?.N !== undefined) return Number(left.N) - Number(right?.N);
  return Buffer.compare(Buffer.from(String(left?.S)), Buffer.from(String(right?.S)));
}

/** An item after SET, REMOVE, ADD and DELETE. */
export function updated(item: Item, expression: string, given: Placeholders): Item {
  const result: Record<string, AttributeValue> = { ...item };
  for (const [, clause = "", actions = ""] of expression.matchAll(
    /\b(SET|REMOVE|ADD|DELETE)\s+((?:(?!\b(?:SET|REMOVE|ADD|DELETE)\b).)+)/g,
  )) {
    for (const action of actions.split(/,(?![^(]*\))/)) {
      const [, target = "", rest = ""] = /^\s*(#?\w+)\s*=?\s*(.*?)\s*$/.exec(action) ?? [];
      const name = given.name(target);
      const after = AFTER[clause]?.(item, name, rest, given);
      if (after === undefined) delete result[name];
      else result[name] = after;
    }
  }
  return result;
}

type After = (item: Item, name: string, rest: string, given: Placeholders) => AttributeValue | undefined;

const AFTER: Readonly<Record<string, After>> = {
  SET(item, _, rest, given) {
    const [, sum, by = ""] = /^(\w+) \+ (:\w+)$/.exec(rest) ?? [];
    if (sum !== undefined) return plus(item[sum], given.value(by));
    const [, kept, otherwise] = /^if_not_exists\((\w+), (:\w+)\)$/.exec(rest) ?? [];
    const value = given.value(otherwise ?? rest);
    return kept === undefined ? value : (item[given.name(kept)] ?? value);
  },
  REMOVE: () => undefined,
  ADD(item, name, rest, given) {
    const [before, by] = [item[name], given.value(rest)];
    if (by.N !== undefined) return plus(before ?? { N: "0" }, by);
    return { SS: [...new Set([...membersOf(before), ...membersOf(by)])] };
  },
  DELETE(item, name, rest, given) {
    const gone = membersOf(given.value(rest));
    const left = membersOf(item[name]).filter((member) => !gone.includes(member));
    // There are no empty sets.
    return left.length === 0 ? undefined : { SS: left };
  },
};

const membersOf = (value: AttributeValue | undefined): string[] => (value?.SS ?? []) as string[];

function plus(left: AttributeValue | undefined, right: AttributeValue): AttributeValue {
  if (left?.N === undefined || right.N === undefined) refuse("ValidationException", "An operand is no number");
  return { N: String(Number(left?.N) + Number(right.N)) };
}
