/** Follows the flow of control of one function from its entry, jump tables included, and cuts it into basic blocks. */

import { isCodeAddress, wordAt } from "../image.ts";
import { FP, hex, RA, SP } from "../machine.ts";
import type { BasicBlock, JumpTable, LiftObstacle, ProgramImage, Terminator } from "../program.ts";
import { decode } from "./decode.ts";
import { disassemble } from "./disassemble.ts";
import { flowGraph } from "./flow-graph.ts";
import { hasDelaySlot, type Instruction, writesRegister } from "./instruction.ts";
import { resolveRegisterJumps, type TableScope } from "./jump-tables.ts";
import { OPCODE_OF } from "./opcodes.ts";
import { type FlowMap, flowTargets, isRegisterJump, type RegisterJump, terminatorOf } from "./terminator.ts";
import { describeUnknownWord } from "./unknown-words.ts";

export interface Exploration {
  /** Sorted by address. */
  readonly blocks: readonly BasicBlock[];
  /** Sorted by address. */
  readonly obstacles: readonly LiftObstacle[];
  /** Address of every instruction that was read, delay slots included. */
  readonly reached: ReadonlySet<number>;
  /** What was found of register jumps; undefined where there were none to look at. */
  readonly registerJumps: ReadonlyMap<number, RegisterJump> | undefined;
}

export interface ExplorationRequest {
  readonly image: ProgramImage;
  readonly entry: number;
  readonly decode: (word: number, address: number) => Instruction | undefined;
  readonly flow: FlowMap;
  readonly scope: TableScope;
  /** Tables known from elsewhere: they win over what is found. */
  readonly jumpTables: readonly JumpTable[];
  /** All that can be told of the other register jumps: no more is looked for. */
  readonly registerJumps?: ReadonlyMap<number, RegisterJump>;
  /** Stop after about this many instructions. */
  readonly maximumInstructions?: number;
}

const NOP = 0;

/** Each round resolves the jumps that the code found in the round before leads to. */
const MAXIMUM_ROUNDS = 64;

const isControl = (instruction: Instruction): boolean =>
  hasDelaySlot(instruction) || OPCODE_OF[instruction.mnemonic].control === "trap";

export function explore(request: ExplorationRequest): Exploration {
  const { image, entry, flow } = request;
  /** Block starts, and the instruction that leads to each. */
  const leaders = new Map<number, Instruction | undefined>([[entry, undefined]]);
  const visited = new Set<number>();
  const obstacles = new Map<number, LiftObstacle>();
  const resolved = new Map<number, RegisterJump>([
    ...(request.registerJumps ?? []),
    ...request.jumpTables.map((table) => [table.jump, { table }] as const),
  ]);
  const decoded = new Map<number, Instruction>();
  /** A jump through `ra` may go elsewhere than to the caller. */
  let mayReturnElsewhere = false;
  const limit = request.maximumInstructions ?? Number.POSITIVE_INFINITY;

  function fetch(address: number): Instruction | undefined {
    const known = decoded.get(address);
    if (known !== undefined) return known;
    const word = isCodeAddress(image, address) ? wordAt(image, address) : undefined;
    const instruction = word === undefined ? undefined : request.decode(word, address);
    if (instruction === undefined) return undefined;
    decoded.set(address, instruction);
    mayReturnElsewhere ||= givesReturnAddress(instruction);
    return instruction;
  }

  /** The terminator of a control instruction, or the obstacle that its delay slot is. */
  function terminate(instruction: Instruction): Terminator | LiftObstacle {
    if (OPCODE_OF[instruction.mnemonic].control === "trap") return { kind: "trap", instruction };
    const slotAddress = instruction.address + 4;
    const delaySlot = fetch(slotAddress);
    if (delaySlot === undefined) return withoutSlot(instruction);
    if (hasDelaySlot(delaySlot)) {
      return obstacleAt(instruction, `the branch in its delay slot, ${printed(delaySlot)}, is unpredictable`);
    }
    return terminatorOf(instruction, delaySlot, flow, resolved.get(instruction.address));
  }

  /** Where the delay slot holds no instruction, a branch that runs it only when taken leads to that obstacle. */
  function withoutSlot(instruction: Instruction): Terminator | LiftObstacle {
    const address = instruction.address + 4;
    if (OPCODE_OF[instruction.mnemonic].control !== "branch_likely") return missing(address, instruction);
    const jumpTo = () => ({ kind: "block", address }) as const;
    return terminatorOf(instruction, decode(NOP, address)!, { ...flow, jumpTo }, undefined);
  }

  /** The terminator of a control instruction that is no obstacle. */
  function endAt(instruction: Instruction): Terminator {
    const terminator = terminate(instruction);
    return "reason" in terminator ? { kind: "obstacle", obstacle: terminator } : terminator;
  }

  /** What stands where no instruction could be read. */
  function missing(address: number, from: Instruction | undefined): LiftObstacle {
    const word = isCodeAddress(image, address) ? wordAt(image, address) : undefined;
    if (word !== undefined) {
      const { text, kind } = describeUnknownWord(word);
      return { address, word: printedWord(word), instruction: text, reason: kind };
    }
    const reason = `leads to ${hex(address)}, which is outside the program's code`;
    if (from !== undefined) return obstacleAt(from, reason);
    return { address, word: printedWord(wordAt(image, address) ?? 0), instruction: "no code", reason };
  }

  function reach(terminator: Terminator, from: Instruction, pending: number[]): void {
    for (const target of flowTargets(terminator)) {
      if (target.kind === "block" && !leaders.has(target.address)) {
        leaders.set(target.address, from);
        pending.push(target.address);
      }
    }
  }

  /** Visits the straight run of instructions from a leader on. */
  function walk(leader: number, pending: number[]): void {
    let previous = leaders.get(leader);
    for (let address = leader; !visited.has(address); address += 4) {
      if (address !== leader) {
        const next = flow.continueAt(address, false);
        if (next.kind === "function") return;
      }
      visited.add(address);
      const instruction = fetch(address);
      if (instruction === undefined) {
        obstacles.set(address, missing(address, previous));
        return;
      }
      if (isControl(instruction)) {
        const end = terminate(instruction);
        if ("reason" in end) obstacles.set(address, end);
        else reach(end, instruction, pending);
        return;
      }
      previous = instruction;
    }
  }

  /** The block that starts at a leader, once all leaders are known; undefined where the limit left it unread. */
  function blockAt(leader: number): BasicBlock | undefined {
    const instructions: Instruction[] = [];
    for (let address = leader; ; address += 4) {
      if (address !== leader) {
        const next = leaders.has(address) ? ({ kind: "block", address } as const) : flow.continueAt(address, false);
        if (next.kind === "function" || leaders.has(next.address)) {
          return { address: leader, instructions, terminator: { kind: "fallthrough", next } };
        }
      }
      if (!visited.has(address)) return undefined;
      const obstacle = obstacles.get(address);
      if (obstacle !== undefined) return { address: leader, instructions, terminator: { kind: "obstacle", obstacle } };
      const instruction = fetch(address)!;
      if (isControl(instruction)) return { address: leader, instructions, terminator: endAt(instruction) };
      instructions.push(instruction);
    }
  }

  const cut = (): BasicBlock[] => [...leaders.keys()].sort((a, b) => a - b).flatMap((leader) => blockAt(leader) ?? []);

  /** Blocks that end in a jump through a register of which it is open where it leads. */
  const isOpen = ({ terminator }: BasicBlock): boolean =>
    terminator.kind === "jump_indirect" ||
    (mayReturnElsewhere && terminator.kind === "return" && !resolved.has(terminator.instruction.address));

  /** Follows what has been found of jumps. @returns where the code behind them starts */
  function follow(jumps: ReadonlyMap<number, RegisterJump>): number[] {
    const starts: number[] = [];
    for (const [address, jump] of jumps) {
      resolved.set(address, jump);
      const instruction = decoded.get(address)!;
      const terminator = terminate(instruction);
      if (!("reason" in terminator)) reach(terminator, instruction, starts);
    }
    return starts;
  }

  let pending = [entry];
  let blocks: BasicBlock[] = [];
  let found: Map<number, RegisterJump> | undefined;
  /** Jumps whose only target turned out not to be the only one. */
  const refuted = new Set<number>();
  for (let round = 0; ; round += 1) {
    for (let leader = pending.pop(); leader !== undefined; leader = pending.pop()) {
      if (visited.size > limit) break;
      walk(leader, pending);
    }
    blocks = cut();
    if (round === MAXIMUM_ROUNDS || request.registerJumps !== undefined) break;
    const jumps = blocks.filter(isOpen);
    const known = blocks.filter(({ terminator: end }) => end.kind === "jump" && isRegisterJump(end.instruction));
    if (jumps.length === 0 && (known.length === 0 || found === undefined)) break;
    found ??= new Map();
    const graph = flowGraph(entry, blocks);
    if (jumps.length > 0) {
      const more = [...resolveRegisterJumps(graph, jumps, request.scope)].filter(
        ([address, jump]) => !("target" in jump && refuted.has(address)),
      );
      if (more.length > 0) {
        for (const [address, jump] of more) found.set(address, jump);
        pending = follow(new Map(more));
        continue;
      }
    }
    // What led to one target on the ways known by then may lead to others on those found since.
    const again = known.length === 0 ? undefined : resolveRegisterJumps(graph, known, request.scope);
    const wrong = [...found].filter(
      ([address, jump]) => "target" in jump && !leadsTo(again?.get(address), jump.target),
    );
    if (wrong.length === 0) break;
    for (const [address] of wrong) {
      found.delete(address);
      resolved.delete(address);
      refuted.add(address);
    }
  }
  return {
    blocks: refuted.size === 0 ? blocks : reachableOf(entry, blocks),
    obstacles: [...obstacles.values()].sort((a, b) => a.address - b.address),
    reached: new Set(decoded.keys()),
    registerJumps: found,
  };
}

const leadsTo = (jump: RegisterJump | undefined, target: number): boolean =>
  jump !== undefined && "target" in jump && jump.target === target;

/** What is left where a way that was followed is none. */
function reachableOf(entry: number, blocks: readonly BasicBlock[]): BasicBlock[] {
  const byAddress = new Map(blocks.map((block) => [block.address, block]));
  const reached = new Set([entry]);
  for (const address of reached) {
    const block = byAddress.get(address);
    for (const { kind, address: to } of block === undefined ? [] : flowTargets(block.terminator)) {
      if (kind === "block" && byAddress.has(to)) reached.add(to);
    }
  }
  return blocks.filter(({ address }) => reached.has(address));
}

/** Whether `ra` gets another value than a call's, or than the one that a function has kept in its frame. */
function givesReturnAddress(instruction: Instruction): boolean {
  if (!writesRegister(instruction, RA) || hasDelaySlot(instruction)) return false;
  return instruction.mnemonic !== "lw" || (instruction.rs !== SP && instruction.rs !== FP);
}

const printedWord = (word: number): string => word.toString(16).padStart(8, "0");

const printed = (instruction: Instruction): string => disassemble(instruction).replace("\t", " ");

function obstacleAt(instruction: Instruction, reason: string): LiftObstacle {
  const { address, word } = instruction;
  return { address, word: printedWord(word), instruction: printed(instruction), reason };
}
