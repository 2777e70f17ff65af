import { nearestNames } from "../../contracts/nearest.ts";
import type { PlannedFunction } from "../../contracts/program.ts";
import { functionHolding } from "../../recompiler/listing/assembly.ts";
import { hex } from "../../recompiler/machine.ts";
import { toFunction } from "../../stages/program-documents.ts";
import { InvalidInputError } from "../../stores/errors.ts";

const ADDRESS = /^0x[0-9a-f]{1,8}$/i;

/** A message is read by people. */
const MOST_NAMED = 5;

/**
 * The function that a person means by its name, or by an address in it.
 * @param functions sorted by address
 * @throws InvalidInputError for what names none, or several: the message says which are meant perhaps
 */
export function findFunction(functions: readonly PlannedFunction[], text: string): PlannedFunction {
  return ADDRESS.test(text) ? functionAt(functions, Number(text)) : functionNamed(functions, text);
}

function functionAt(functions: readonly PlannedFunction[], address: number): PlannedFunction {
  const holder = functionHolding(functions.map(toFunction), address);
  if (holder !== undefined) return functions[holder.index]!;
  const before = functions.findLast((each) => Number(each.address) < address);
  const after = functions.find((each) => Number(each.address) > address);
  const around = [before, after].flatMap((each) => (each === undefined ? [] : [located(each)]));
  throw new InvalidInputError(
    "function",
    `an address in one of the run's ${functions.length} functions`,
    `${hex(address)}, which none holds; around it are ${around.join(" and ") || "none"}`,
  );
}

function functionNamed(functions: readonly PlannedFunction[], name: string): PlannedFunction {
  const found = functions.filter((each) => each.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const expected = `the name of one of the run's ${functions.length} functions, or an address in it`;
  if (only !== undefined) {
    const several = named(found.map(({ address }) => address));
    throw new InvalidInputError("function", expected, `${name}, which is the name of those at ${several}`);
  }
  const names = [...new Set(functions.map((each) => each.name))];
  const holding = names.filter((each) => each.toLowerCase().includes(name.toLowerCase()));
  const near = [...new Set([...nearestNames(name, names, Math.floor(name.length / 2)), ...holding])];
  const advice = near.length === 0 ? "" : `; did you mean ${named(near)}?`;
  throw new InvalidInputError("function", expected, `${JSON.stringify(name)}${advice}`);
}

function named(items: readonly string[]): string {
  const more = items.length > MOST_NAMED ? ` or ${items.length - MOST_NAMED} more` : "";
  return `${items.slice(0, MOST_NAMED).join(", ")}${more}`;
}

const located = ({ name, address, size }: PlannedFunction): string => `${name} (${address}, ${size} bytes)`;
