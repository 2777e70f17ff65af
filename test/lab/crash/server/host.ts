/** A process that serves Step Functions on a file system with a fault put in once it is told that work is under way. */

import { startStoredSfnServer } from "../../../../shared/local/sfn.ts";
import { lambdaOverHttp } from "../../../../shared/sfn/index.ts";
import { nodeFileSystem } from "../../../../shared/stores/filesystem/node-file-system.ts";
import { COUNTERS_SIZE, type Fault, type FaultCounter, faultCounter, type Operations } from "../faults.ts";
import { faultyFileSystem } from "../faulty-file-system.ts";

export interface ServeJob {
  readonly store: string;
  readonly lambdaEndpoint: string;
  /** Counted from the start, or from when `arm` comes. */
  readonly fault?: Fault;
  readonly isArmed: boolean;
  readonly tracePath: string;
}

/** To the process. */
export type ServerOrder = { readonly serve: ServeJob } | "arm" | "close";

/** From the process. */
export type ServerNews =
  | { readonly url: string; readonly said: readonly string[] }
  | { readonly closed: Operations }
  | { readonly failed: string };

let counter: FaultCounter | undefined;
let isArmed = false;
let server: Awaited<ReturnType<typeof startStoredSfnServer>> | undefined;
const tell = (news: ServerNews) => void process.send?.(news);

process.on("message", (order: ServerOrder) => {
  void obey(order).catch((error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }));
});

async function obey(order: ServerOrder): Promise<void> {
  if (order === "arm") isArmed = true;
  else if (order === "close") await close();
  else await serve(order.serve);
}

async function serve({ store, lambdaEndpoint, fault, isArmed: fromTheStart, tracePath }: ServeJob): Promise<void> {
  const counters = new SharedArrayBuffer(COUNTERS_SIZE);
  counter = faultCounter({ counters, tracePath, ...(fault === undefined ? {} : { fault }) });
  isArmed = fromTheStart;
  const gate: FaultCounter = {
    ...counter,
    meet: (demand, operation) => (isArmed ? counter!.meet(demand, operation) : "go_on"),
  };
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  server = await startStoredSfnServer(
    store,
    {
      resolver: lambdaOverHttp(lambdaEndpoint),
      onFailure: (arn, error) => tell({ failed: `${arn}: ${(error as Error).message}` }),
    },
    say,
    { fileSystem: faultyFileSystem(nodeFileSystem, gate, store) },
  );
  tell({ url: server.url, said });
}

async function close(): Promise<void> {
  await server?.close();
  tell({ closed: counter!.operations() });
  process.disconnect();
}
