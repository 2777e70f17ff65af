/** Writes the code of blocks, value by value. */

import { CONTROL } from "../../ir/cells.ts";
import type { IrFunction } from "../../ir/function.ts";
import { AT_TARGET, IR, NOTED, OPCODES, TYPES, type ValueType } from "../../ir/opcodes.ts";
import { TRAP_CODES } from "../../machine.ts";
import { CodeWriter } from "../../wasm/code.ts";
import { OP, VALUE_TYPE } from "../../wasm/opcodes.ts";
import { HOST_FUNCTION, type ModuleShape, TARGET_GLOBAL, TYPE } from "../shape.ts";
import type { LocalPlan } from "./locals.ts";
import { writeStands } from "./settle.ts";
import { PLACE, type StackPlan } from "./stack.ts";

/** A place in a body where a number goes that depends on the program around it. */
export interface Relocation {
  /** Bytes of code before it. */
  readonly at: number;
  /** `function`: of the guest function at the address. `table`: the guest address of the function table's start. */
  readonly kind: "function" | "table";
  readonly address: number;
}

/** From so many bytes of code on, code comes from the instruction at a guest address, up to the next origin. */
export interface CodeOrigin {
  readonly at: number;
  readonly address: number;
}

export class BlockWriter {
  readonly code = new CodeWriter();
  readonly relocations: Relocation[] = [];
  hasChecks = false;
  readonly #fn: IrFunction;
  readonly #places: Uint8Array;
  readonly #uses: Int32Array;
  readonly #locals: Int32Array;
  readonly #spare: () => number;
  readonly #shape: ModuleShape;
  /** Where somebody wants to know. */
  readonly #origins: CodeOrigin[] | undefined;

  constructor(
    fn: IrFunction,
    shape: ModuleShape,
    { places, uses }: StackPlan,
    { locals }: LocalPlan,
    spare: () => number,
    origins?: CodeOrigin[],
  ) {
    this.#fn = fn;
    this.#shape = shape;
    this.#places = places;
    this.#uses = uses;
    this.#locals = locals;
    this.#spare = spare;
    this.#origins = origins;
  }

  /** A block's code up to its end; what it goes on by is left on the stack. */
  writeBlock(block: number): void {
    const end = this.#fn.blockEnd(block) - 1;
    for (let index = this.#fn.blockStarts[block]!; index < end; index++) {
      if (this.#places[index]! < PLACE.here || this.#fn.op[index] === IR.param) continue;
      this.#comesFrom(this.#fn.at[index]!);
      this.#write(index);
      if (this.#fn.typeOf(index) < 0 || this.#places[index] === PLACE.waiting) continue;
      if (this.#uses[index]! > 0) this.code.localSet(this.#locals[index]!);
      else this.code.op(OP.drop);
    }
    this.#writeEnd(end);
  }

  /** Hands over an edge's arguments: all are made before the first parameter changes. */
  writeArguments(edge: number): void {
    const { pool, blockStarts } = this.#fn;
    const first = blockStarts[pool[edge]!]!;
    const count = pool[edge + 1]!;
    const targets: number[] = [];
    for (let position = 0; position < count; position++) {
      if (!this.#isHandedOver(first + position, pool[edge + 2 + position]!)) continue;
      this.#push(pool[edge + 2 + position]!);
      targets.push(this.#locals[first + position]!);
    }
    for (const local of targets.reverse()) this.code.localSet(local);
  }

  hasArguments(edge: number): boolean {
    const { pool, blockStarts } = this.#fn;
    const first = blockStarts[pool[edge]!]!;
    for (let position = 0; position < pool[edge + 1]!; position++) {
      if (this.#isHandedOver(first + position, pool[edge + 2 + position]!)) return true;
    }
    return false;
  }

  #isHandedOver(parameter: number, value: number): boolean {
    if (this.#uses[parameter] === 0) return false;
    return this.#places[value] === PLACE.inline || this.#locals[value] !== this.#locals[parameter];
  }

  /** Leaves a value on the stack. */
  #push(value: number): void {
    if (this.#places[value] === PLACE.inline) this.#writeInside(value);
    else if (this.#places[value] !== PLACE.waiting) this.code.localGet(this.#locals[value]!);
  }

  /** What takes the value comes from where it came from before; a constant is written where it is taken. */
  #writeInside(value: number): void {
    const outer = this.#origins?.at(-1);
    if (outer !== undefined && this.#fn.op[value] !== IR["i32.const"]) this.#comesFrom(this.#fn.at[value]!);
    this.#write(value);
    if (outer !== undefined) this.#comesFrom(outer.address);
  }

  #comesFrom(signedAddress: number): void {
    const origins = this.#origins;
    if (origins === undefined) return;
    const address = signedAddress >>> 0;
    const at = this.code.length;
    const last = origins.at(-1);
    if (last?.address === address) return;
    if (last?.at === at) origins.pop();
    origins.push({ at, address });
  }

  #write(index: number): void {
    const { op, a, b, c, d } = this.#fn;
    const { shape, wasm, operands } = OPCODES[op[index]!]!;
    const { code } = this;
    switch (shape) {
      case "tell":
        code.constant(d[index]!);
        this.#push(a[index]!);
        if (c[index] !== 0) {
          code.constant(c[index]!);
          code.op(OP.i32Add);
        }
        code.call(HOST_FUNCTION.trap);
        return;
      case "integer":
        code.constant(a[index]!);
        return;
      case "wide":
        code.constantWide(a[index]!, b[index]!);
        return;
      case "single":
        code.pattern(wasm, [a[index]!]);
        return;
      case "double":
        code.pattern(wasm, [a[index]!, b[index]!]);
        return;
      case "values":
        if (wasm >= 0) {
          this.#push(a[index]!);
          if (operands.length > 1) this.#push(b[index]!);
          if (operands.length > 2) this.#push(c[index]!);
          code.op(wasm);
        } else this.#writeHalves(index);
        return;
      case "get":
        code.globalGet(this.#globalOf(a[index]!));
        return;
      case "set":
        this.#push(b[index]!);
        code.globalSet(this.#globalOf(a[index]!));
        return;
      case "settle":
        this.#writeSettle(index);
        return;
      case "host_float":
        this.#askHost(index, d[index]!, [a[index]!, b[index]!, c[index]!]);
        return;
      case "memory_load":
        this.#push(a[index]!);
        code.memory(wasm, d[index]!, c[index]!);
        return;
      case "memory_store":
        this.#push(a[index]!);
        this.#push(b[index]!);
        code.memory(wasm, d[index]!, c[index]!);
        return;
      case "check":
        this.#writeCheck(index);
        return;
      case "trap_if":
        this.#push(a[index]!);
        code.if();
        code.constant(c[index]!);
        this.#pushPlace(index);
        this.#callTrap();
        code.end();
        return;
      default:
        throw new Error(`${OPCODES[op[index]!]!.name} cannot be written`);
    }
  }

  #globalOf(cell: number): number {
    return this.#shape.globalOfCell[cell]!;
  }

  /** The host is far away, and seldom gone to. What is noted before it is asked, it forgets. */
  #writeSettle(index: number): void {
    const { code } = this;
    const { a, b, c, d } = this.#fn;
    const { use, notedGlobal } = this.#shape;
    const type = TYPES[this.#fn.typeOf(index)]!;
    const operation = d[index]! & ~NOTED;
    if (use.float === undefined) throw new Error("arithmetic of a unit that the program does not have");
    if ((d[index]! & NOTED) !== 0) {
      code.constant(operation);
      code.globalSet(notedGlobal);
      this.#push(b[index]!);
      code.globalSet(notedGlobal + 1);
      this.#push(c[index]!);
      code.globalSet(notedGlobal + 2);
    }
    code.block(VALUE_TYPE[type]);
    this.#push(a[index]!);
    writeStands(code, {
      float: use.float,
      type,
      operation,
      pushResult: () => this.#push(a[index]!),
      pushControl: () => code.globalGet(this.#globalOf(CONTROL)),
    });
    code.brIf(0);
    code.op(OP.drop);
    this.#askHost(index, operation, [b[index]!, c[index]!]);
    for (const opcode of FROM_PATTERN[type]) code.op(opcode);
    code.end();
  }

  #askHost(index: number, operation: number, operands: readonly number[]): void {
    const { code } = this;
    code.constant(operation);
    this.#pushPlace(index);
    for (const operand of operands) this.#push(operand);
    if (operands.length < 3) code.constant64(0);
    code.call(HOST_FUNCTION.float);
  }

  #writeHalves(index: number): void {
    const { code } = this;
    const a = this.#fn.a[index]!;
    if (this.#fn.op[index] === IR["i64.high"]) {
      this.#push(a);
      code.constant64(32);
      code.op(OP.i64ShrU);
      code.op(OP.i32WrapI64);
      return;
    }
    this.#push(this.#fn.b[index]!);
    code.op(OP.i64ExtendI32U);
    code.constant64(32);
    code.op(OP.i64Shl);
    this.#push(a);
    code.op(OP.i64ExtendI32U);
    code.op(OP.i64Or);
  }

  /**
   * All checks of a function leave by one block with the instruction's address as its result: 4% less code than a call
   * at each, a fifth less time for V8 to compile it, and up to 5% less to run it.
   */
  #writeCheck(index: number): void {
    const { code } = this;
    const mask = this.#fn.d[index]! - 1;
    this.hasChecks = true;
    this.#pushPlace(index);
    this.#push(this.#fn.a[index]!);
    const offset = this.#fn.c[index]! & mask;
    if (offset !== 0) {
      code.constant(offset);
      code.op(OP.i32Add);
    }
    code.constant(mask);
    code.op(OP.i32And);
    code.brIf(code.depth);
    code.op(OP.drop);
  }

  #writeTrap(kind: number, address: number): void {
    this.code.constant(kind);
    this.code.constant(address);
    this.#callTrap();
  }

  /** Of the kind and at the address that are on the stack. */
  #callTrap(): void {
    this.code.call(HOST_FUNCTION.trap);
    this.code.op(OP.unreachable);
  }

  /** The guest address that an instruction comes from. */
  #pushPlace(index: number): void {
    const address = this.#fn.at[index]!;
    if (address === AT_TARGET) this.code.globalGet(TARGET_GLOBAL);
    else this.code.constant(address);
  }

  #writeEnd(end: number): void {
    const { op, a, b, c } = this.#fn;
    const { code } = this;
    this.#comesFrom(this.#fn.at[end]!);
    switch (op[end]) {
      case IR.jump:
        this.writeArguments(c[end]!);
        return;
      case IR.branch:
      case IR.switch:
        this.#push(a[end]!);
        return;
      case IR.call:
        this.#relocate("function", b[end]!, OP.call);
        return;
      case IR.tail_call:
        this.#relocate("function", b[end]!, OP.returnCall);
        return;
      case IR.call_indirect:
      case IR.tail_call_indirect:
        this.#callIndirect(a[end]!, op[end] === IR.tail_call_indirect);
        return;
      case IR.syscall:
        code.call(HOST_FUNCTION.syscall);
        return;
      case IR.return:
        code.op(OP.return);
        return;
      case IR.return_to:
        this.#writeReturnTo(a[end]!, b[end]!);
        return;
      case IR.trap:
        this.#writeTrap(c[end]!, b[end]!);
        return;
      case IR.trap_target:
        code.constant(TRAP_CODES.unknown_target);
        this.#push(a[end]!);
        code.call(HOST_FUNCTION.trap);
        code.op(OP.unreachable);
        return;
    }
  }

  /** All registers are in their globals by then, whichever way it goes. */
  #writeReturnTo(address: number, entered: number): void {
    const { code } = this;
    const local = this.#pushKept(address);
    this.#push(entered);
    code.op(OP.i32Ne);
    code.if();
    code.constant(TRAP_CODES.return_elsewhere);
    code.localGet(local);
    code.call(HOST_FUNCTION.trap);
    code.op(OP.unreachable);
    code.end();
    code.op(OP.return);
  }

  /** Leaves a value on the stack and in the local that is returned. */
  #pushKept(value: number): number {
    const { code } = this;
    this.#push(value);
    if (this.#places[value] !== PLACE.inline) return this.#locals[value]!;
    const local = this.#spare();
    code.localSet(local);
    code.localGet(local);
    return local;
  }

  /** A misaligned or outside address comes out beyond the table's end; `target` tells the host which it was. */
  #callIndirect(address: number, isTailCall: boolean): void {
    const { code } = this;
    const local = this.#pushKept(address);
    code.globalSet(TARGET_GLOBAL);
    code.localGet(local);
    this.#relocate("table", 0, OP.i32Const);
    code.op(OP.i32Sub);
    code.constant(2);
    code.op(OP.i32Rotr);
    code.callIndirect(TYPE.guest, isTailCall);
  }

  #relocate(kind: Relocation["kind"], address: number, opcode: number): void {
    this.code.op(opcode);
    this.relocations.push({ at: this.code.length, kind, address: address >>> 0 });
  }
}

/** From the 64 bits that the host gives. */
const FROM_PATTERN: Readonly<Record<ValueType, readonly number[]>> = {
  i32: [OP.i32WrapI64],
  i64: [],
  f32: [OP.i32WrapI64, OP.f32ReinterpretI32],
  f64: [OP.f64ReinterpretI64],
};
