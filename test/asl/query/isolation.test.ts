import { describe, expect, it } from "vitest";
import { evaluateNow } from "../../../shared/asl/query/index.ts";
import { seededEntropy } from "../../../shared/asl/query/isolation/entropy.ts";
import type { Answer, Job } from "../../../shared/asl/query/isolation/job.ts";
import { ExpressionThreads } from "../../../shared/asl/query/isolation/threads.ts";

const seed = { now: 5, random: 0.5, uuid: "11111111-1111-4111-8111-111111111111" };
const job = (text: string, bindings: Record<string, unknown> = {}): Job => ({
  kind: "jsonata",
  text,
  bindings,
  entropy: seed,
});

const poison = job(`$match('${"a".repeat(40)}b', /^(a+)+$/)`);
const timeout = { failure: ": Expression evaluation timeout: Check for infinite loop" };
const memory = { failure: ": Expression evaluation memory limit exceeded: Check for excessive memory usage" };

const ask = (threads: ExpressionThreads, one: Job, owner: object = {}) =>
  new Promise<Answer>((resolve) => void threads.run(one, owner, resolve));

describe("the threads that evaluate expressions", () => {
  it("answer, and are there for the next after one was ended", async () => {
    const threads = new ExpressionThreads(1);
    expect(await ask(threads, job("1 + $n", { n: 2 }))).toEqual({ json: "3" });
    expect(await ask(threads, poison)).toEqual(timeout);
    expect(await ask(threads, job("[$n]", { n: { a: "\ud800", ["__proto__"]: 1 } }))).toEqual({
      json: '[{"a":"\\ud800","__proto__":1}]',
    });
    expect(await ask(threads, job("$absent"))).toEqual({ json: undefined });
    expect(await ask(threads, job("1 + 'a'"))).toMatchObject({ failure: expect.stringMatching(/^\. T2002/) });
  });

  it("end with what takes more memory than there is, and the process goes on", async () => {
    // On a machine that others use it may take the second that an expression has.
    const threads = new ExpressionThreads(1, 20_000);
    // Quick to use up, and without a look at the clock.
    const texts = "($b := $pad('x', 6000000); $map($map([1..300], function($n) { $b & $n }), $uppercase))";
    expect(await ask(threads, job(texts))).toEqual(memory);
    expect(await ask(threads, job("1"))).toEqual({ json: "1" });
  });

  it("serve one execution after the other, and forget what is given up", async () => {
    const threads = new ExpressionThreads(1);
    const [one, other] = [{}, {}];
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    threads.run(job("1"), one, note("one: first"));
    threads.run(job("2"), one, note("one: second"));
    const giveUp = threads.run(job("3"), one, note("one: given up"));
    giveUp();
    threads.run(job("4"), other, note("other"));
    await ask(threads, job("5"), one);
    expect(order).toEqual(["one: first", "one: second", "other"]);
  });

  it("let no expression wait for one that was slow before", async () => {
    const threads = new ExpressionThreads(1);
    expect(await ask(threads, poison)).toEqual(timeout);
    const order: string[] = [];
    const slow = ask(threads, poison).then(() => order.push("slow"));
    await ask(threads, job("1"));
    order.push("quick");
    await slow;
    expect(order).toEqual(["quick", "slow"]);
  });

  it("say of what cannot be sent to them that it cannot", async () => {
    const threads = new ExpressionThreads(1);
    const bad = job("$n", { n: () => 1 });
    expect(await ask(threads, bad)).toMatchObject({ failure: expect.stringContaining("could not be cloned") });
    expect(evaluateNow(bad)).toMatchObject({ failure: expect.stringContaining("could not be cloned") });
    expect(await ask(threads, job("1"))).toEqual({ json: "1" });
  });
});

describe("the numbers that a thread draws", () => {
  it("begin with the execution's own and follow from them", () => {
    const draw = () => {
      const entropy = seededEntropy(seed);
      return {
        numbers: [entropy.random(), entropy.random(), entropy.random()],
        uuids: [entropy.uuid(), entropy.uuid(), entropy.uuid()],
        now: entropy.now().getTime(),
      };
    };
    const drawn = draw();
    expect(drawn).toEqual(draw());
    expect(drawn.now).toBe(5);
    expect(drawn.numbers[0]).toBe(0.5);
    expect(new Set(drawn.numbers).size).toBe(3);
    expect(drawn.uuids[0]).toBe(seed.uuid);
    for (const uuid of drawn.uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(drawn.uuids).size).toBe(3);
  });

  it("are spread evenly", () => {
    const entropy = seededEntropy(seed);
    const buckets = new Array(10).fill(0);
    for (let count = 0; count < 10_000; count += 1) buckets[Math.floor(entropy.random() * 10)] += 1;
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
