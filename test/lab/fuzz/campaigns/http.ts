/** Clients that mean ill, or nothing, given to the Step Functions server; one that means well calls beside them. */

import { connect, type Socket } from "node:net";
import { type SfnServer, startSfnServer } from "../../../../shared/sfn/index.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { CLIENTS, type Expectation, type HostileClient } from "../hostile-clients.ts";
import { callerOf } from "../served-machines.ts";

/** Milliseconds the server gives each part of a call; a hundredth of what users get. */
const TIMES = { headers: 300, request: 600, answer: 600, stop: 300 };
/** Beyond what the process had when the server began: it may have done other things before. */
const MOST_MEGABYTES = 600;
const megabytes = () => process.memoryUsage().rss / 2 ** 20;
/** Milliseconds in which a call beside is answered. */
const PATIENCE = 3_000;

const PASS = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });

export const http: Campaign = {
  name: "http",
  about: "hostile HTTP clients given to the Step Functions server",
  count: CLIENTS.length * 5,
  secondsPerTrial: 20,
  async open() {
    const atFirst = megabytes();
    const server = await startSfnServer({ times: TIMES });
    const call = callerOf(server.url);
    await call("CreateStateMachine", { name: "known", definition: PASS, roleArn: "arn:aws:iam::000000000000:role/r" });
    return {
      async attempt({ number, random }: Trial): Promise<TrialResult> {
        const client = CLIENTS[number % CLIENTS.length]!;
        const started = performance.now();
        const told = await talk(server, client, random);
        const took = performance.now() - started;
        const problems = problemsOf(client.expect, told);
        const before = performance.now();
        const { stateMachines } = (await call("ListStateMachines", {})) as {
          stateMachines: { name: string; stateMachineArn: string }[];
        };
        const waited = performance.now() - before;
        if (waited > PATIENCE) problems.push(`a call beside waited for ${Math.round(waited)} ms`);
        const made = stateMachines.filter(({ name }) => name !== "known");
        for (const { name, stateMachineArn } of made) {
          problems.push(`it made a state machine: ${name}`);
          await call("DeleteStateMachine", { stateMachineArn });
        }
        const memory = megabytes() - atFirst;
        if (memory > MOST_MEGABYTES) problems.push(`the server takes ${Math.round(memory)} MiB`);
        return {
          kind: `${client.kind}: ${told.statuses.join(", ") || "cut off"}`.slice(0, 60),
          problems,
          measures: { ms: took, "call beside, ms": waited, "MiB more than at first": memory },
        };
      },
      close: () => server.close(),
    };
  },
};

interface Told {
  /** Of every answer on the connection, in order. */
  readonly statuses: readonly number[];
  /** Whether the server had to be left, for it neither answered nor ended. */
  readonly isLate: boolean;
}

/** Longest that a client waits, more than the server gives it. */
const LATE = 8_000;

/** Says what the client says until the server has answered, or ends the connection. */
function talk({ port }: SfnServer, { talk: say, waitsFor = 1 }: HostileClient, random: Trial["random"]): Promise<Told> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let heard = "";
    const statuses = () => [...heard.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    const end = (isLate: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ statuses: statuses(), isLate });
    };
    const timer = setTimeout(() => end(true), LATE);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      heard = (heard + text).slice(-1_000_000);
      if (statuses().filter((status) => status !== 100).length >= waitsFor) end(false);
    });
    socket
      .on("error", () => {})
      .on("end", () => end(false))
      .on("close", () => end(false));
    socket.on("connect", () => void say(socket, random, port));
  });
}

/** No hostile client makes the server fail: what it answers is a refusal, or a right answer to what was right. */
function problemsOf(expect: Expectation, { statuses, isLate }: Told): string[] {
  const problems: string[] = [];
  if (isLate) problems.push(`neither answered nor ended within ${LATE} ms`);
  const failed = statuses.filter((status) => status >= 500);
  if (failed.length > 0) problems.push(`it made the server fail: ${failed.join(", ")}`);
  const taken = statuses.filter((status) => status < 300 && status >= 200);
  if (expect === "refused" && taken.length > 0) problems.push("it was taken as a call");
  if (expect === "taken" && taken.length === 0) problems.push(`it was not taken: ${statuses.join(", ") || "cut off"}`);
  return problems;
}
