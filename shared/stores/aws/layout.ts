/** What a deployment has to make: everything that stores in AWS stand on. No client is imported here. */

/** The tables beside the bucket. */
export const TABLES = {
  /** One item an append: `run_id`, `first` (seq of its first event), `last`, `lines`. Its stream feeds the event bus. */
  events: { hash: { name: "run_id", type: "S" }, range: { name: "first", type: "N" } },
  /** The same of the ASL execution history. */
  history: { hash: { name: "run_id", type: "S" }, range: { name: "first", type: "N" } },
  /** Records of runs and ends of their logs, leases, cancellations, claims, the index of artifacts: `subject`, `part`. */
  runs: { hash: { name: "subject", type: "S" }, range: { name: "part", type: "S" } },
  /** The status projection, one item a run. */
  status: { hash: { name: "run_id", type: "S" }, range: undefined },
} as const satisfies Record<string, TableKeys>;

export interface TableKeys {
  readonly hash: TableKey;
  readonly range: TableKey | undefined;
}

export interface TableKey {
  readonly name: string;
  readonly type: "S" | "N";
}

/** Where in the bucket, behind the address's own prefix, objects of each kind are. */
export const PREFIXES = {
  artifacts: "artifacts/",
  bundles: "bundles/",
  quarantine: "quarantine/",
  /** Signatures, and batches of events larger than an item takes. */
  logs: "logs/",
} as const;

/** Under these keys of the bucket, whatever the address's prefix, manifests that are put start runs. */
export const SUBMISSIONS = "submissions/";

export type TableName = keyof typeof TABLES;
export type LogName = "events" | "history";

/** The name of a table, as AWS knows it. */
export function tableName(tables: string, name: TableName): string {
  return `${tables}-${name}`;
}

/** The queue beside a deployment's tables; undefined for tables that no deployment made. @param tables what their names begin with */
export function undoneQueueOf(tables: string): string | undefined {
  const [, deployment] = /^(.+)-store$/.exec(tables) ?? [];
  return deployment === undefined ? undefined : `${deployment}-undone`;
}
