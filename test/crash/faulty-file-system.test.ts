import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../shared/stores/filesystem/node-file-system.ts";
import { COUNTERS_SIZE, type Fault, faultCounter } from "../lab/crash/faults.ts";
import { faultyFileSystem } from "../lab/crash/faulty-file-system.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-faulty-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function counterFor(fault?: Fault, counters = new SharedArrayBuffer(COUNTERS_SIZE)) {
  return faultCounter({ counters, tracePath: join(folder, "struck"), ...(fault === undefined ? {} : { fault }) });
}

/** Makes a file of two writes, and says how each operation went. */
async function work(fault?: Fault): Promise<{ outcomes: string[]; operations: object }> {
  const counter = counterFor(fault);
  const disk = faultyFileSystem(nodeFileSystem, counter, folder);
  const path = join(folder, "file");
  const outcomes: string[] = [];
  const attempt = async <T>(operation: Promise<T>): Promise<T | undefined> => {
    try {
      const result = await operation;
      outcomes.push("done");
      return result;
    } catch (error) {
      outcomes.push((error as NodeJS.ErrnoException).code ?? "?");
      return undefined;
    }
  };
  const file = await attempt(disk.open(path, "create"));
  await attempt(file?.write(0, Buffer.from("abcd")) ?? Promise.resolve());
  await attempt(file?.write(4, Buffer.from("efgh")) ?? Promise.resolve());
  await attempt(file?.sync() ?? Promise.resolve());
  await attempt(file?.close() ?? Promise.resolve());
  return { outcomes, operations: counter.operations() };
}

describe("a file system with a fault", () => {
  it("counts every operation, and which of them change, need space and write", async () => {
    expect(await work()).toEqual({
      outcomes: ["done", "done", "done", "done", "done"],
      operations: { any: 5, change: 3, space: 3, write: 2 },
    });
  });

  it("fails one operation with EIO, half of a write done", async () => {
    const { outcomes } = await work({ kind: "error", at: 3 });
    expect(outcomes).toEqual(["done", "done", "EIO", "done", "done"]);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("abcdef");
    expect(readFileSync(join(folder, "struck"), "utf8")).toBe("write file (main thread)");
  });

  it("fails every operation that needs space from one on", async () => {
    const { outcomes } = await work({ kind: "no_space", at: 2 });
    expect(outcomes).toEqual(["done", "ENOSPC", "ENOSPC", "done", "done"]);
  });

  it("fails one of those, when room is made at once", async () => {
    const { outcomes } = await work({ kind: "no_space_once", at: 2 });
    expect(outcomes).toEqual(["done", "ENOSPC", "done", "done", "done"]);
  });

  it("counts the operations of all who share the counters", () => {
    const counters = new SharedArrayBuffer(COUNTERS_SIZE);
    const fault = { kind: "no_space", at: 3 } as const;
    const [one, other] = [counterFor(fault, counters), counterFor(fault, counters)];
    const verdicts = [one, other, one, other, one].map((counter) => counter.meet("space", "make folder x"));
    expect(verdicts).toEqual(["go_on", "go_on", "refuse_space", "refuse_space", "refuse_space"]);
    expect(other.meet("any", "stat x")).toBe("go_on");
    expect(one.operations()).toEqual({ any: 6, change: 5, space: 5, write: 0 });
  });
});
