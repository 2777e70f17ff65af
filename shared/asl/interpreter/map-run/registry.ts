import type { StateMachineType } from "../../definition.ts";
import type { FailureDetails } from "../../history/kinds.ts";
import type { MapRunLimits } from "./limits.ts";

/** A Map Run that begins, or is taken up again. */
export interface MapRunStart {
  readonly mapRunArn: string;
  /** The execution whose state it is; a child execution itself, in a Map Run within a Map Run. */
  readonly executionArn: string;
  /** The Map Run that execution is a child of, and which of its children it is; undefined for one that is none. */
  readonly parent: { readonly mapRunArn: string; readonly index: number } | undefined;
  readonly stateName: string;
  readonly childType: StateMachineType;
  /** Whether each child has a batch of items, as the `Items` of its input. */
  readonly isBatched: boolean;
  /** As the definition gives them, evaluated. */
  readonly limits: MapRunLimits;
}

/** A Map Run under way. */
export interface LiveMapRun {
  readonly arn: string;
  /** Takes effect at once: more children start, or the run fails. */
  change(limits: Partial<MapRunLimits>): void;
  /** Stops a child. @returns false if it is not under way. */
  stopChild(index: number, failure: FailureDetails): boolean;
}

/** The Map Runs of an interpreter. */
export class MapRunRegistry {
  readonly #live = new Map<string, LiveMapRun>();
  readonly #onStart: ((start: MapRunStart) => Partial<MapRunLimits> | undefined) | undefined;

  /** @param onStart is told of each, and answers with limits that hold instead of the definition's. */
  constructor(onStart: ((start: MapRunStart) => Partial<MapRunLimits> | undefined) | undefined) {
    this.#onStart = onStart;
  }

  /** @returns the limits that hold. */
  begin(limits: MapRunLimits, describe: () => Omit<MapRunStart, "limits">): MapRunLimits {
    return this.#onStart === undefined ? limits : { ...limits, ...this.#onStart({ ...describe(), limits }) };
  }

  add(mapRun: LiveMapRun): void {
    this.#live.set(mapRun.arn, mapRun);
  }

  remove({ arn }: LiveMapRun): void {
    this.#live.delete(arn);
  }

  find(mapRunArn: string): LiveMapRun | undefined {
    return this.#live.get(mapRunArn);
  }
}
