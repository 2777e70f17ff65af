import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import type { ArtifactStore } from "../stores/ports.ts";
import { reachable, refsInArtifact } from "./retention/references.ts";

/** Artifacts that another run is to have. */
export interface Renewal {
  /** Puts these again, and all that they lead to, so that no collection takes them before that run names them. */
  renew(roots: Iterable<ArtifactRef>): Promise<Renewed>;
}

export interface Renewed {
  /** One that is gone or damaged. */
  readonly missing: ArtifactRef | undefined;
  /** Whether one of them names the run they are of. */
  readonly namesRun: boolean;
}

interface Looked {
  readonly isWhole: boolean;
  readonly namesRun: boolean;
  readonly refs: readonly ArtifactRef[];
}

/** @param runId the run they are of */
export function renewal(artifacts: ArtifactStore, runId: RunId): Renewal {
  /** Each is read once. */
  const known = new Map<ArtifactRef, Looked>();

  const look = async (ref: ArtifactRef): Promise<Looked> => {
    const before = known.get(ref);
    if (before !== undefined) return before;
    const looked = await putAgain(ref);
    known.set(ref, looked);
    return looked;
  };

  const putAgain = async (ref: ArtifactRef): Promise<Looked> => {
    try {
      const bytes = await artifacts.get(ref);
      const { kinds = [] } = (await artifacts.stat(ref)) ?? {};
      for (const kind of kinds.length > 0 ? kinds : (["other"] as const)) await artifacts.put(kind, bytes);
      return { isWhole: true, namesRun: Buffer.from(bytes).includes(runId), refs: refsInArtifact(bytes) };
    } catch (error) {
      if (!["NotFoundError", "CorruptionError"].includes((error as Error).name)) throw error;
      return { isWhole: false, namesRun: false, refs: [] };
    }
  };

  return {
    async renew(roots) {
      const all = await reachable(roots, async (ref) => (await look(ref)).refs);
      const looked = [...all].map((ref) => ({ ref, ...known.get(ref) }));
      return {
        missing: looked.find(({ isWhole }) => isWhole === false)?.ref,
        namesRun: looked.some(({ namesRun }) => namesRun === true),
      };
    },
  };
}
