/** Reads the text form of the IR, as `print` writes it. */

import { RecompilerError } from "../errors.ts";
import { type FloatOperation, OPERATION_NUMBERS } from "../float/operations.ts";
import { TOLD, TRAP_CODES, type TrapKind } from "../machine.ts";
import { ALL_CELLS, CELLS, type CellSet, EVERYTHING, type Interface } from "./cells.ts";
import { IrFunction } from "./function.ts";
import { IR, type IrOpcode, NOTED, OPCODES, TYPES } from "./opcodes.ts";

const TOKEN =
  /\s*(?:;.*$|("(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*"|%\d+|\$\w+|@?0x[0-9a-f]+|-?\d+|[A-Za-z_][\w.]*|[(),:=+]))/y;

/** One line's tokens, taken one after the other. */
class Line {
  readonly #number: number;
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(text: string, number: number) {
    this.#number = number;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match === null) {
        if (text.slice(from).trim() === "") break;
        throw this.error(`cannot read ${JSON.stringify(text.slice(from).trim())}`);
      }
      if (match[1] !== undefined) this.#tokens.push(match[1]);
    }
  }

  get isEmpty(): boolean {
    return this.#tokens.length === 0;
  }

  get peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  error(reason: string): RecompilerError {
    return new RecompilerError("ir_syntax", `IR, line ${this.#number}: ${reason}`, {
      details: { line: this.#number },
    });
  }

  take(what: string): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.error(`expected ${what}, found the end of the line`);
    return token;
  }

  /** Takes the token if it is the next one. */
  accept(token: string): boolean {
    if (this.peek !== token) return false;
    this.#next += 1;
    return true;
  }

  expect(token: string): void {
    const found = this.take(`"${token}"`);
    if (found !== token) throw this.error(`expected "${token}", found "${found}"`);
  }

  number(): number {
    const token = this.take("a number");
    const value = Number(token);
    if (!Number.isInteger(value)) throw this.error(`expected a number, found "${token}"`);
    return value | 0;
  }

  /** `@0x...` */
  source(): number {
    const token = this.take("@ and an address");
    if (!token.startsWith("@")) throw this.error(`expected @ and an address, found "${token}"`);
    return Number(token.slice(1)) | 0;
  }

  atEnd(): void {
    if (this.peek !== undefined) throw this.error(`expected the end of the line, found "${this.peek}"`);
  }
}

const BY_NAME = new Map<string, number>(OPCODES.map(({ name }, number) => [name, number]));
const CELL_NUMBERS = new Map(CELLS.map(({ name }, cell) => [`$${name}`, cell]));

function cellsOf(line: Line): CellSet {
  line.expect("(");
  let set = 0;
  while (!line.accept(")")) {
    if (line.accept("all")) set = ALL_CELLS;
    else set |= 1 << cellOf(line);
  }
  return set;
}

function cellOf(line: Line): number {
  const name = line.take("a cell");
  const cell = CELL_NUMBERS.get(name);
  if (cell === undefined) throw line.error(`expected a cell such as $a0, found "${name}"`);
  return cell;
}

function interfaceOf(line: Line): Interface {
  if (!line.accept("reads")) return EVERYTHING;
  const reads = cellsOf(line);
  line.expect("writes");
  return { reads, writes: cellsOf(line) };
}

function kindOf(line: Line): number {
  const name = line.take("a kind of trap");
  const code = TRAP_CODES[name as TrapKind];
  if (code === undefined) throw line.error(`expected a kind of trap, found "${name}"`);
  return code;
}

function toldOf(line: Line): number {
  const name = line.take("what is told");
  if (name !== "step" && name !== "store") throw line.error(`expected step or store, found "${name}"`);
  return TOLD[name];
}

function operationOf(line: Line): number {
  const name = line.take("an operation of the floating-point unit");
  const number = OPERATION_NUMBERS[name as FloatOperation];
  if (number === undefined) throw line.error(`expected an operation such as add.d, found "${name}"`);
  return number;
}

function headerOf(line: Line): IrFunction {
  line.expect("function");
  const address = line.number() >>> 0;
  const word = line.take("the function's name");
  const name: string = word.startsWith('"') ? JSON.parse(word) : word;
  const endianness = line.take("big or little");
  if (endianness !== "big" && endianness !== "little") {
    throw line.error(`expected big or little, found "${endianness}"`);
  }
  const fn = new IrFunction({ name, address, endianness, interface: interfaceOf(line) });
  line.atEnd();
  return fn;
}

/**
 * Reads one function.
 *
 * @throws RecompilerError `ir_syntax`, which names the line
 */
export function parseFunction(text: string): IrFunction {
  const lines = text
    .split("\n")
    .map((each, index) => new Line(each, index + 1))
    .filter((line) => !line.isEmpty);
  const [first, ...rest] = lines;
  if (first === undefined) throw new Line("", 1).error("expected a function, found nothing");
  const fn = headerOf(first);
  // Values by what the text calls them. A use may come before its definition.
  const definitions = new Map<string, number>();
  const uses: { readonly name: string; readonly line: Line; readonly put: (value: number) => void }[] = [];
  const reader: Reader = {
    fn,
    define: (name, line, value) => {
      if (definitions.has(name)) throw line.error(`${name} is defined twice`);
      definitions.set(name, value);
    },
    use: (line, put) => {
      const name = line.take("a value");
      if (!name.startsWith("%")) throw line.error(`expected a value such as %0, found "${name}"`);
      uses.push({ name, line, put });
    },
  };
  for (const line of rest) readLine(reader, line);
  for (const { name, line, put } of uses) {
    const value = definitions.get(name);
    if (value === undefined) throw line.error(`${name} is not defined`);
    put(value);
  }
  return fn;
}

interface Reader {
  readonly fn: IrFunction;
  define(name: string, line: Line, value: number): void;
  use(line: Line, put: (value: number) => void): void;
}

function readLine(reader: Reader, line: Line): void {
  const { fn } = reader;
  if (/^block\d+$/.test(line.peek ?? "")) {
    readBlockHead(reader, line);
    return;
  }
  const result = line.peek?.startsWith("%") ? line.take("a value") : undefined;
  if (result !== undefined) line.expect("=");
  const name = line.take("an operation");
  const op = BY_NAME.get(name);
  if (op === undefined || op === IR.nop || op === IR.param) throw line.error(`no operation is called "${name}"`);
  if (fn.blockCount === 0) throw line.error("expected a block before the first instruction");
  const index = fn.append(op, 0);
  readOperands(reader, line, OPCODES[op]!, index);
  line.atEnd();
  if (result !== undefined) reader.define(result, line, index);
}

function readBlockHead({ fn, define }: Reader, line: Line): void {
  const name = line.take("a block");
  const block = fn.startBlock();
  if (name !== `block${block}`) throw line.error(`expected block${block}, found ${name}`);
  if (line.accept("(")) {
    do {
      const parameter = line.take("a parameter");
      line.expect(":");
      const type = line.take("a type");
      const number = (TYPES as readonly string[]).indexOf(type);
      if (number === -1) throw line.error(`expected a type, found "${type}"`);
      define(parameter, line, fn.append(IR.param, 0, number));
    } while (line.accept(","));
    line.expect(")");
  }
  line.expect(":");
  line.atEnd();
}

function readOperands(reader: Reader, line: Line, { shape, operands: types, name }: IrOpcode, index: number): void {
  const { fn } = reader;
  const put = (column: "a" | "b" | "c") =>
    reader.use(line, (value) => {
      fn[column][index] = value;
    });
  const place = () => {
    put("a");
    if (line.accept("+") || line.peek?.startsWith("-")) fn.c[index] = line.number();
  };
  const operands = (columns: readonly ("a" | "b" | "c")[]) => {
    line.expect("(");
    for (const [position, column] of columns.entries()) {
      if (position > 0) line.expect(",");
      put(column);
    }
    line.expect(")");
  };
  const residue = () => {
    if (!line.accept("at")) return;
    fn.d[index] = line.number() + 1;
    line.expect("mod");
    line.expect("4");
  };
  const align = (): number => {
    line.expect("align");
    return line.number();
  };
  switch (shape) {
    case "integer":
    case "single":
      fn.a[index] = line.number();
      break;
    case "wide":
    case "double": {
      const bits = BigInt(line.take("a number"));
      fn.a[index] = Number(BigInt.asIntN(32, bits));
      fn.b[index] = Number(BigInt.asIntN(32, bits >> 32n));
      break;
    }
    case "values":
      for (const [position, column] of (["a", "b", "c"] as const).entries()) {
        if (position >= types.length) break;
        if (position > 0) line.expect(",");
        put(column);
      }
      break;
    case "get":
      fn.a[index] = cellOf(line);
      break;
    case "set":
      fn.a[index] = cellOf(line);
      line.expect(",");
      put("b");
      break;
    case "load":
      place();
      residue();
      break;
    case "part":
    case "store":
      place();
      line.expect(",");
      put("b");
      residue();
      break;
    case "memory_load":
      place();
      fn.d[index] = Math.log2(align());
      break;
    case "memory_store":
      place();
      line.expect(",");
      put("b");
      fn.d[index] = Math.log2(align());
      break;
    case "settle":
      put("a");
      line.expect(",");
      fn.d[index] = operationOf(line);
      operands(["b", "c"]);
      if (line.accept("noted")) fn.d[index]! |= NOTED;
      fn.at[index] = line.source();
      break;
    case "host_float":
      fn.d[index] = operationOf(line);
      operands(["a", "b", "c"]);
      fn.at[index] = line.source();
      break;
    case "check":
      place();
      fn.d[index] = align();
      fn.at[index] = line.source();
      break;
    case "trap_if":
      put("a");
      line.expect(",");
      fn.c[index] = kindOf(line);
      fn.at[index] = line.source();
      break;
    case "tell":
      fn.d[index] = toldOf(line);
      place();
      break;
    case "trap":
      fn.c[index] = kindOf(line);
      fn.b[index] = line.source();
      break;
    default:
      readEnd(reader, line, shape, index, put);
  }
  if (name === "trap_target") fn.at[index] = 0;
}

function readEnd(
  reader: Reader,
  line: Line,
  shape: IrOpcode["shape"],
  index: number,
  put: (column: "a") => void,
): void {
  const { fn } = reader;
  if (shape === "call" || shape === "leave") fn.b[index] = line.number();
  const hasValue = shape === "way_two" || shape === "ways" || shape === "call_value" || shape === "leave_value";
  if (hasValue) put("a");
  const hasInterface = ["call", "call_value", "host_call", "leave", "leave_value"].includes(shape);
  if (hasInterface) fn.d[index] = fn.interfaceNumber(interfaceOf(line));
  const count = shape === "ways" ? Number.POSITIVE_INFINITY : fn.edgeCount(index);
  const edges: Edge[] = [];
  let isFirst = shape === "way_one" || (shape === "host_call" && line.peek !== ",");
  while (edges.length < count && (isFirst || line.peek === ",")) {
    if (!isFirst) line.expect(",");
    isFirst = false;
    edges.push(readEdge(reader, line));
  }
  if (shape === "ways") fn.d[index] = edges.length;
  else if (edges.length < count) throw line.error(`expected ${count} blocks to go to, found ${edges.length}`);
  fn.c[index] = fn.pool.length;
  for (const { block, fill, count: args } of edges) {
    const at = fn.pool.push(block, args, ...Array.from({ length: args }, () => 0));
    fill(at - args);
  }
}

interface Edge {
  readonly block: number;
  readonly count: number;
  /** Says where in the pool the arguments are. */
  fill(at: number): void;
}

function readEdge({ fn, use }: Reader, line: Line): Edge {
  const name = line.take("a block");
  const block = /^block(\d+)$/.exec(name)?.[1];
  if (block === undefined) throw line.error(`expected a block such as block1, found "${name}"`);
  let count = 0;
  let start = 0;
  if (line.accept("(")) {
    do {
      const position = count++;
      use(line, (value) => {
        fn.pool[start + position] = value;
      });
    } while (line.accept(","));
    line.expect(")");
  }
  return {
    block: Number(block),
    count,
    fill: (at) => {
      start = at;
    },
  };
}
