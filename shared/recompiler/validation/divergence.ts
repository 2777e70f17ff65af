/**
 * Where a function that differs from the oracle begins to: the instruction, from the code of the rows followed step by step;
 * or, where that does what the oracle does, the pass over the IR that breaks it, or the module that holds other code.
 */

import { PASSES } from "../ir/passes/index.ts";
import { liftShard, linkShards } from "../lift/index.ts";
import type { ControlFlowGraph, GuestFunction } from "../program.ts";
import { bodyExtents } from "../wasm/bodies.ts";
import { type Bench, type BenchRequest, benchFor, memoryFor } from "./bench.ts";
import { createCandidate, meteredModule } from "./candidate.ts";
import { memoryDifference } from "./differences.ts";
import { type FirstDifference, firstDifference } from "./lockstep.ts";
import { createReference } from "./reference.ts";
import { tryVector, vectorFrom } from "./trial.ts";
import type { Vector, VectorOrigin } from "./vector.ts";

export type Divergence =
  /** After this instruction the two differ: what its row makes of it is wrong. */
  | ({ readonly kind: "instruction" } & FirstDifference)
  /** Followed step by step, they do the same; with passes up to this one, they do not. `function`: whose IR it breaks. */
  | { readonly kind: "pass"; readonly pass: string; readonly position: number; readonly function: number }
  /** Followed step by step, they do the same; but not as written without any pass that may be left out. */
  | { readonly kind: "emission"; readonly function: number }
  /** What is lifted here does what the oracle does: the module holds other code, of these functions, by address. */
  | { readonly kind: "module"; readonly functions: readonly number[] }
  /** The input is longer than may be followed. */
  | { readonly kind: "too_long"; readonly instructions: number };

export interface DivergenceRequest extends BenchRequest {
  /** The linked module. */
  readonly module: Uint8Array;
  readonly flowOf: (fn: GuestFunction) => ControlFlowGraph;
  readonly subject: GuestFunction;
  /** The input that fails. */
  readonly origin: VectorOrigin;
  /** Instructions that may be followed. Default: any number. */
  readonly mostSteps?: number;
}

/**
 * @returns undefined where the module does what the oracle does, with this input
 * @throws RecompilerError `module_malformed`, `module_contract`, `captures_foreign`
 */
export function findDivergence(request: DivergenceRequest): Divergence | undefined {
  return new Search(request).run();
}

class Search {
  readonly #request: DivergenceRequest;
  readonly #bench: Bench;
  readonly #vector: Vector;
  readonly #memoryBytes: number;

  constructor(request: DivergenceRequest) {
    const { subject, layout } = request;
    const captures = request.captures
      .filter(({ address }) => address === subject.address)
      .sort((a, b) => a.call - b.call);
    this.#request = request;
    this.#bench = benchFor(request);
    this.#memoryBytes = memoryFor(layout, captures);
    this.#bench.memory.growTo(this.#memoryBytes);
    this.#bench.candidate.memory.growTo(this.#memoryBytes);
    this.#vector = vectorFrom(this.#bench, subject, captures, request.origin);
  }

  run(): Divergence | undefined {
    const { image, layout, functions, subject, mostSteps = Number.POSITIVE_INFINITY } = this.#request;
    if (!this.#fails(this.#bench)) return undefined;
    const reference = createReference(this.#bench.code, this.#bench.memory, this.#bench.rights);
    const ran = reference.run(subject.address, this.#vector);
    reference.undo();
    if (ran.instructions > mostSteps) return { kind: "too_long", instructions: ran.instructions };
    const members = functions.filter((_, position) => ran.functions.has(position));
    const found = firstDifference({
      image,
      layout,
      functions,
      module: meteredModule(this.#link([this.#lift(members, { isStepped: true })])),
      masks: this.#bench.masks,
      memoryBytes: this.#memoryBytes,
      address: subject.address,
      vector: this.#vector,
      reference: ran,
    });
    if (found !== undefined) return { kind: "instruction", ...found };
    return this.#brokenPass(members) ?? { kind: "module", functions: this.#unlike(members) };
  }

  /** Passes are left out from the last to the first, as far as they may be, until the difference is gone. */
  #brokenPass(members: readonly GuestFunction[]): Divergence | undefined {
    const failsUntil = (until: number): boolean => this.#failsLifted([this.#lift(members, { passesUntil: until })]);
    if (!failsUntil(PASSES.length)) return undefined;
    if (failsUntil(0)) return { kind: "emission", function: this.#brokenFunction(members, 0, undefined) };
    let position = PASSES.length - 1;
    while (failsUntil(position)) position--;
    const fn = this.#brokenFunction(members, position + 1, position);
    return { kind: "pass", pass: PASSES[position]!.name, position, function: fn };
  }

  /**
   * Halves the functions that are lifted as they break until one is left.
   * @param right passes that the others have; undefined: they are followed step by step, with nobody listening
   */
  #brokenFunction(members: readonly GuestFunction[], wrong: number, right: number | undefined): number {
    const rightly = right === undefined ? { isStepped: true } : { passesUntil: right };
    let suspects = members;
    while (suspects.length > 1) {
      const half = suspects.slice(0, suspects.length >> 1);
      const others = members.filter((member) => !half.includes(member));
      const isThere = this.#failsLifted([this.#lift(half, { passesUntil: wrong }), this.#lift(others, rightly)]);
      suspects = isThere ? half : suspects.slice(half.length);
    }
    return suspects[0]?.address ?? this.#request.subject.address;
  }

  /** Functions that the module holds otherwise than they are lifted here. */
  #unlike(members: readonly GuestFunction[]): number[] {
    const { module } = this.#request;
    const [theirs, ours] = [module, this.#link([this.#lift(members, {})])];
    const [there, here] = [bodyExtents(theirs), bodyExtents(ours)];
    return members.flatMap(({ index, address }) => {
      const [one, other] = [there[index], here[index]];
      const isSame =
        one !== undefined &&
        other !== undefined &&
        Buffer.compare(theirs.subarray(one.start, one.end), ours.subarray(other.start, other.end)) === 0;
      return isSame ? [] : [address];
    });
  }

  #lift(
    members: readonly GuestFunction[],
    how: { readonly passesUntil?: number; readonly isStepped?: boolean },
  ): Uint8Array {
    const { image, layout, functions, flowOf } = this.#request;
    return liftShard({ image, layout, functions, members, flowOf, ...how }).module;
  }

  #link(shards: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const { image, layout, functions } = this.#request;
    return linkShards({ image, layout, functions, shards });
  }

  #failsLifted(shards: readonly Uint8Array[]): boolean {
    const { image, layout } = this.#request;
    const module = meteredModule(this.#link(shards));
    const candidate = createCandidate(module, layout.base, image.endianness, () => {});
    candidate.memory.growTo(this.#memoryBytes);
    return this.#fails({ ...this.#bench, candidate });
  }

  /** Whether the input shows a difference, one far away in memory as well. */
  #fails(bench: Bench): boolean {
    const reference = createReference(bench.code, bench.memory, bench.rights);
    const { verdict } = tryVector(bench, reference, this.#request.subject, this.#vector);
    return verdict.kind === "differs" || memoryDifference(bench.memory, bench.candidate.memory) !== undefined;
  }
}
