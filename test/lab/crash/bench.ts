import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BuildStamp } from "../../../shared/contracts/provenance.ts";
import type { AttemptReport } from "./attempt.ts";
import { type Fault, isDeadly } from "./faults.ts";
import type { Hosts } from "./hosts.ts";
import type { Inspection } from "./inspect.ts";
import type { Subject } from "./subject.ts";

/** Everything that runs are made with. */
export interface Bench {
  readonly hosts: Hosts;
  readonly subject: Subject;
  readonly build: BuildStamp;
  /** An empty folder for stores. */
  readonly scratch: string;
  /** Module that says what disk there is below the faults. */
  readonly disk?: string;
}

/** What one attempt came to. */
export type AttemptEnd =
  | { readonly kind: "reported"; readonly report: AttemptReport }
  /** By its fault, or else by someone. */
  | { readonly kind: "killed" }
  | { readonly kind: "died"; readonly why: string };

export interface Attempted {
  readonly end: AttemptEnd;
  /** What the fault struck, if it struck. */
  readonly struck?: string;
}

/** A store of its own, in which one run is taken up again and again. */
export interface Trial {
  readonly folder: string;
  readonly store: string;
  /** Where an attempt may write down what it does. */
  readonly journal: string;
  /** @param how `journal`: folder in which to write down what is done to the disk */
  attempt(how?: { readonly fault?: Fault | undefined; readonly journal?: string }): Promise<Attempted>;
  inspect(): Promise<Inspection>;
  /** Removes the store. */
  end(): void;
}

export function startTrial(bench: Bench, name: string, workers: number): Trial {
  const folder = join(bench.scratch, name);
  const store = join(folder, "store");
  const { runId, manifest } = bench.subject;
  let attempts = 0;
  mkdirSync(folder);
  return {
    folder,
    store,
    journal: join(folder, "journal"),
    async attempt({ fault, journal } = {}) {
      attempts += 1;
      const tracePath = join(folder, `struck.${attempts}`);
      const isPlayed = fault === undefined || !isDeadly(fault);
      const end = await bench.hosts.run({
        kind: "attempt",
        attempt: {
          store,
          runId,
          manifest,
          workers,
          build: bench.build,
          tracePath,
          ...(fault === undefined ? {} : { fault }),
          // What is written down may be gone on with elsewhere, from an attempt that is over by then.
          ...(isPlayed ? { played: journal === undefined ? attempts : 0 } : {}),
          ...(bench.disk === undefined ? {} : { disk: bench.disk }),
          ...(journal === undefined ? {} : { journal }),
        },
      });
      const struck = existsSync(tracePath) ? { struck: readFileSync(tracePath, "utf8") } : {};
      if (end.kind !== "done") return { end, ...struck };
      if (end.result.kind !== "attempt") throw new Error("expected the report of an attempt");
      return { end: { kind: "reported", report: end.result.report }, ...struck };
    },
    async inspect() {
      const end = await bench.hosts.run({ kind: "inspect", store, runId });
      if (end.kind === "done" && end.result.kind === "inspect") return end.result.inspection;
      throw new Error(`the store could not be looked at: ${end.kind === "died" ? end.why : end.kind}`);
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}
