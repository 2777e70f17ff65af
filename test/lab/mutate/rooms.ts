/** A room that can be mutated: its sources, and the tests that have to notice. Folders are relative to the project. */
export interface Room {
  readonly sources: readonly string[];
  /** Folders or files of tests. Those of other rooms are there where the room is tried through them. */
  readonly tests: readonly string[];
}

/** What the tester can be asked for. Campaigns (crash, whole runs of processes) are left out: they take minutes for one mutant. */
export const ROOMS: Readonly<Record<string, Room>> = {
  stages: { sources: ["shared/stages"], tests: ["test/stages", "test/statemachines"] },
  kernel: { sources: ["shared/kernel"], tests: ["test/kernel", "test/stages", "test/statemachines", "test/runs"] },
  stores: { sources: ["shared/stores"], tests: ["test/stores", "test/kernel/run", "test/runs/verify"] },
  "asl/services": {
    sources: ["shared/asl/services"],
    tests: ["test/asl/services", "test/asl/interpreter/tasks.test.ts"],
  },
  runs: { sources: ["shared/runs"], tests: ["test/runs", "test/local"] },
  sfn: { sources: ["shared/sfn"], tests: ["test/sfn"] },
  "recompiler/oracle": { sources: ["shared/recompiler/oracle"], tests: ["test/recompiler/oracle"] },
};
