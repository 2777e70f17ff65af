import { isDeepStrictEqual } from "node:util";
import { type CallInput, ServiceRefusal } from "./service-call.ts";
import type { AttributeValue, Item } from "./table-store.ts";

/** What the placeholders of an expression stand for. */
interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

export function placeholdersOf(input: CallInput): Placeholders {
  return {
    names: (input.ExpressionAttributeNames ?? {}) as Placeholders["names"],
    values: (input.ExpressionAttributeValues ?? {}) as Placeholders["values"],
  };
}

/**
 * An item after an update expression: `SET a = :v, b = b + :n, c = if_not_exists(c, :v)`, `REMOVE a`, `ADD n :by`, of
 * attributes at the top level.
 */
export function updated(item: Item, expression: string, placeholders: Placeholders): Item {
  const result: Record<string, AttributeValue> = { ...item };
  const [before = "", ...clauses] = expression.split(/\b(SET|REMOVE|ADD|DELETE)\b/i);
  if (before.trim() !== "") throw unsupported(before);
  for (let index = 0; index < clauses.length; index += 2) {
    const [clause = "", text = ""] = clauses.slice(index);
    const keyword = clause.toUpperCase();
    if (keyword === "DELETE") throw unsupported(clause + text);
    for (const part of splitTopLevel(text, ",")) {
      if (keyword === "SET") {
        const [target, ...rest] = part.split("=");
        result[nameOf(target!, placeholders)] = evaluate(rest.join("="), item, placeholders);
      } else if (keyword === "REMOVE") delete result[nameOf(part, placeholders)];
      else {
        const [target, by] = part.trim().split(/\s+/);
        const name = nameOf(target!, placeholders);
        const start = item[name] ?? { N: "0" };
        result[name] = add(start, evaluate(by ?? "", item, placeholders), 1);
      }
    }
  }
  return result;
}

/** Whether a condition holds: `attribute_exists(a)`, `attribute_not_exists(a)`, `a = :v` and `a <> :v`, joined by AND. */
export function holds(item: Item | undefined, expression: string, placeholders: Placeholders): boolean {
  return expression.split(/\s+AND\s+/i).every((term) => {
    const [, test, name] = /^\s*(attribute_exists|attribute_not_exists)\s*\(\s*([^)\s]+)\s*\)\s*$/i.exec(term) ?? [];
    if (test !== undefined && name !== undefined) {
      const isThere = item !== undefined && Object.hasOwn(item, nameOf(name, placeholders));
      return isThere === (test.toLowerCase() === "attribute_exists");
    }
    const [, left, operator, right] = /^\s*(\S+)\s*(=|<>)\s*(\S+)\s*$/.exec(term) ?? [];
    if (left === undefined || right === undefined) throw unsupported(term);
    const isSame = isDeepStrictEqual(item?.[nameOf(left, placeholders)], evaluate(right, item ?? {}, placeholders));
    return isSame === (operator === "=");
  });
}

function evaluate(text: string, item: Item, placeholders: Placeholders): AttributeValue {
  const sum = /^([^+]+?)\s*([+-])\s*(\S+)$/.exec(text.trim());
  if (sum !== null) {
    const [, left, operator, right] = sum;
    const sign = operator === "+" ? 1 : -1;
    return add(evaluate(left!, item, placeholders), evaluate(right!, item, placeholders), sign);
  }
  const [, name, otherwise] = /^\s*if_not_exists\s*\(\s*([^,\s]+)\s*,\s*([^)\s]+)\s*\)\s*$/i.exec(text) ?? [];
  if (name !== undefined) return item[nameOf(name, placeholders)] ?? evaluate(otherwise!, item, placeholders);
  const operand = text.trim();
  const value = operand.startsWith(":") ? placeholders.values[operand] : item[nameOf(operand, placeholders)];
  if (value === undefined) {
    throw new ServiceRefusal(
      "ValidationException",
      `An expression attribute value used in expression is not defined: ${operand}`,
    );
  }
  return value;
}

function add(left: AttributeValue, right: AttributeValue, sign: 1 | -1): AttributeValue {
  if (left.N === undefined || right.N === undefined) {
    throw new ServiceRefusal("ValidationException", "An operand in the update expression has an incorrect data type");
  }
  return { N: String(Number(left.N) + sign * Number(right.N)) };
}

function nameOf(text: string, { names }: Placeholders): string {
  const name = text.trim();
  const known = name.startsWith("#") ? names[name] : name;
  if (known === undefined || !/^[\w-]+$/.test(known)) throw unsupported(name);
  return known;
}

function splitTopLevel(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === separator && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part];
}

const unsupported = (text: string): ServiceRefusal =>
  new ServiceRefusal("ValidationException", `Invalid expression: "${text.trim()}" is not served by this local table`);
