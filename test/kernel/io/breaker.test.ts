import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Breakers, type CircuitChange, createBreakers } from "../../../shared/kernel/io/breaker.ts";
import { RateLimited, TransportFailed, TransportRefused } from "../../../shared/kernel/io/errors.ts";
import { sharedBreakers } from "../../../shared/kernel/io/live.ts";
import { rejection } from "./support.ts";

const SETTINGS = { failures: 3, half_open_after_ms: 30_000 };
const up = async () => "up";
const down = async () => Promise.reject(new TransportFailed("down"));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls a service by a script; gives what came of each call, and the changes. */
function watched(breakers: Breakers = createBreakers(SETTINGS)) {
  const changes: CircuitChange[] = [];
  const call = (work: () => Promise<string>, service = "api") =>
    breakers.run(service, work, (change) => changes.push(change)).catch((error: Error) => error.name);
  return { call, changes: () => changes.splice(0).map(({ service, state }) => `${service} ${state}`) };
}

async function failTimes(call: (work: () => Promise<string>) => Promise<string>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) expect(await call(down)).toBe("TransportFailed");
}

describe("the circuit of a service", () => {
  it("opens after so many transport failures in a row, and then makes no call", async () => {
    const { call, changes } = watched();
    await failTimes(call, 3);
    expect(changes()).toEqual(["api open"]);
    const work = vi.fn(up);
    expect(await call(work)).toBe("CircuitOpen");
    expect(work).toHaveBeenCalledTimes(0);
  });

  it("says how long it stays open", async () => {
    const breakers = createBreakers(SETTINGS);
    await failTimes(watched(breakers).call, 3);
    vi.setSystemTime(1_000_000 + 10_000);
    const error = await rejection(breakers.run("api", up, () => {}));
    expect(error).toMatchObject({
      name: "CircuitOpen",
      retryable: true,
      details: { service: "api", retry_after_ms: 20_000 },
    });
  });

  it("lets one call through after its time, and closes when that succeeds", async () => {
    const { call, changes } = watched();
    await failTimes(call, 3);
    changes();
    vi.setSystemTime(1_000_000 + 29_999);
    expect(await call(up)).toBe("CircuitOpen");
    vi.setSystemTime(1_000_000 + 30_000);
    expect(await call(up)).toBe("up");
    expect(changes()).toEqual(["api half_open", "api closed"]);
    await failTimes(call, 2);
    expect(changes()).toEqual([]);
  });

  it("opens again for its whole time when that call fails", async () => {
    const { call, changes } = watched();
    await failTimes(call, 3);
    changes();
    vi.setSystemTime(1_000_000 + 30_000);
    expect(await call(down)).toBe("TransportFailed");
    expect(changes()).toEqual(["api half_open", "api open"]);
    vi.setSystemTime(1_000_000 + 59_999);
    expect(await call(up)).toBe("CircuitOpen");
  });

  it("makes the others wait while one call goes to see", async () => {
    const { call } = watched();
    await failTimes(call, 3);
    vi.setSystemTime(1_000_000 + 30_000);
    let fail = (_error: Error): void => {};
    const trialCall = () => new Promise<string>((_resolve, reject) => (fail = reject));
    const other = vi.fn(up);
    const [trial, waiting] = [call(trialCall), call(other)];
    await Promise.resolve();
    expect(other).toHaveBeenCalledTimes(0);
    fail(new TransportFailed("still down"));
    expect(await Promise.all([trial, waiting])).toEqual(["TransportFailed", "CircuitOpen"]);
    expect(other).toHaveBeenCalledTimes(0);
  });

  it.each([
    ["a response", up],
    ["a rate limit", async () => Promise.reject(new RateLimited("slow down"))],
    ["a refusal", async () => Promise.reject(new TransportRefused("no"))],
    ["an error of our own", async () => Promise.reject(new TypeError("oops"))],
  ])("%s is no failure of the service, and ends a row of them", async (_what, answer) => {
    const { call, changes } = watched();
    for (let round = 0; round < 4; round++) {
      await failTimes(call, 2);
      expect(await call(answer)).not.toBe("CircuitOpen");
    }
    expect(changes()).toEqual([]);
  });

  it("is its own: another service is called all the while", async () => {
    const { call } = watched();
    await failTimes(call, 3);
    expect(await call(up, "other")).toBe("up");
    expect(await call(up)).toBe("CircuitOpen");
  });

  it("is kept between runs with the same settings", async () => {
    const breakersOf = sharedBreakers();
    await failTimes(watched(breakersOf(SETTINGS)).call, 3);
    expect(await watched(breakersOf({ ...SETTINGS })).call(up)).toBe("CircuitOpen");
    expect(await watched(breakersOf({ ...SETTINGS, failures: 4 })).call(up)).toBe("up");
  });
});
