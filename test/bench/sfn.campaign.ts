import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { timedPages, writeEnded } from "../lab/bench/sfn/ended.ts";
import { type BenchedServer, startServer } from "../lab/bench/sfn/served.ts";
import { runLoad, startLoops, timedCalls } from "../lab/bench/sfn/work.ts";

let scratch: string;
let server: BenchedServer;
beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "restep-bench-sfn-"));
  server = await startServer(join(scratch, "server"));
});
afterEach(async () => {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

const now = () => performance.now();
const MIB = 1 << 20;

describe("the server under load", () => {
  it("answers beside executions that are always busy, whose memory is bounded", async () => {
    const loop = await startLoops(server, 10);
    const times = await timedCalls(server, now, loop, 60);
    expect(times).toHaveLength(60);
    // Without turns none is answered before the first loop ends, which takes many seconds.
    expect(times.at(-1)!).toBeLessThan(5_000);
    const { status } = await server.call<{ status: string }>("DescribeExecution", { executionArn: loop });
    expect(status).toBe("RUNNING");
    expect((await server.memory()).peakBytes).toBeLessThan(700 * MIB);
  });

  it("gives pages of executions that had ended when it was started", async () => {
    const folder = join(scratch, "ended");
    writeEnded(folder, 12_000);
    const ended = await startServer(folder);
    try {
      expect(await timedPages(ended, now, 4)).toHaveLength(4);
    } finally {
      await ended.close();
    }
  });

  it("runs executions of which many are under way, each to its own end", async () => {
    const { residentBytes } = await runLoad(server, now, { executions: 200, atOnce: 100, waitSeconds: 1 });
    expect(residentBytes.length).toBeGreaterThan(4);
    expect(Math.max(...residentBytes)).toBeLessThan(500 * MIB);
  });
});
