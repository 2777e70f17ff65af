import { RunSignature } from "../../contracts/signature.ts";
import type { SignatureStore } from "../ports.ts";
import { type MemoryWorld, runOf } from "./world.ts";

export function memorySignatures(world: MemoryWorld): SignatureStore {
  return {
    async put(runId, signature) {
      runOf(world, runId).signatures.set(signature.keyid, RunSignature.parse(signature));
    },
    async list(runId) {
      const { signatures } = runOf(world, runId);
      return [...signatures.values()].sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
    },
  };
}
