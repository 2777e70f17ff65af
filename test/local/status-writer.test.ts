import { describe, expect, it } from "vitest";
import { statusWriter } from "../../shared/local/status-writer.ts";
import { deferred } from "../kernel/support.ts";

/** A record whose writes take until they are told to end. */
function slowRecord() {
  const ends: ReturnType<typeof deferred<void>>[] = [];
  const failures: unknown[] = [];
  const writer = statusWriter(
    () => {
      const end = deferred<void>();
      ends.push(end);
      return end.promise;
    },
    (error) => failures.push(error),
  );
  return { ends, failures, writer };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a status writer", () => {
  it("writes nothing until something changed, and has nothing to wait for", async () => {
    const { ends, writer } = slowRecord();
    await writer.settled();
    expect(ends).toHaveLength(0);
  });

  it("writes at once, and what changed meanwhile together behind that", async () => {
    const { ends, writer } = slowRecord();
    for (let change = 0; change < 3; change += 1) writer.touch();
    expect(ends).toHaveLength(1);
    ends[0]!.resolve();
    await turn();
    expect(ends).toHaveLength(2);
    ends[1]!.resolve();
    await writer.settled();
    expect(ends).toHaveLength(2);
    writer.touch();
    expect(ends).toHaveLength(3);
  });

  it("is settled once the last change is written, and not before", async () => {
    const { ends, writer } = slowRecord();
    writer.touch();
    writer.touch();
    let isSettled = false;
    const settled = writer.settled().then(() => (isSettled = true));
    ends[0]!.resolve();
    await turn();
    expect(isSettled).toBe(false);
    ends[1]!.resolve();
    await settled;
  });

  it("tells of a failure at once, once, and whoever waits; and writes no more", async () => {
    const { ends, failures, writer } = slowRecord();
    const full = new Error("the disk is full");
    writer.touch();
    ends[0]!.reject(full);
    await turn();
    expect(failures).toEqual([full]);
    writer.touch();
    await turn();
    expect(ends).toHaveLength(1);
    await expect(writer.settled()).rejects.toBe(full);
    expect(failures).toEqual([full]);
  });
});
