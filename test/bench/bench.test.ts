import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureCase, type Result, timed } from "../lab/bench/measure.ts";
import { formatTable, toLine } from "../lab/bench/report.ts";
import { type BenchEdge, bench } from "../lab/bench/run.ts";
import { median, spread } from "../lab/bench/statistics.ts";
import type { BenchCase, Contender, Metric, Suite } from "../lab/bench/suite.ts";

const TIME: Metric = { name: "time", unit: "ms", better: "lower" };
const SPEED: Metric = { name: "speed", unit: "MiB/s", better: "higher" };

/** Gives the values one after the other, the last one again and again, and notes that it was asked. */
function scripted(name: string, metric: Metric, values: readonly number[], asked: string[] = []): Contender {
  let next = 0;
  return {
    name,
    sample: () => {
      asked.push(name);
      return { [metric.name]: values[Math.min(next++, values.length - 1)]! };
    },
  };
}

const once = { repeats: 1, warmUps: 0 };

describe("median and spread", () => {
  it.each([
    { values: [7], middle: 7, share: 0 },
    { values: [9, 1, 5], middle: 5, share: 0.8 },
    { values: [10, 30, 20, 40], middle: 25, share: 0.6 },
    { values: [5, 100, 5, 5], middle: 5, share: 9.5 },
  ])("of $values", ({ values, middle, share }) => {
    expect(median(values)).toBe(middle);
    expect(spread(values)).toBeCloseTo(share);
  });

  it("median has as many values below it as above", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it("does not invent a median of nothing", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("timing", () => {
  it("is what the clock says passed while the action ran", async () => {
    let clock = 1_000;
    const action = async () => {
      clock += 250;
      return "done";
    };
    expect(await timed(() => clock, action)).toEqual({ elapsed: 250, value: "done" });
  });
});

describe("measuring a case", () => {
  it("lets the contenders take turns, warm-up first", async () => {
    const asked: string[] = [];
    const benchCase = {
      name: "case",
      metrics: [TIME],
      subject: scripted("A", TIME, [1], asked),
      against: scripted("B", TIME, [1], asked),
    };
    await measureCase(benchCase, { repeats: 3, warmUps: 1 });
    expect(asked.join(" ")).toBe("A B A B A B A B");
  });

  it("leaves warm-up rounds out of the median", async () => {
    const subject = scripted("A", TIME, [900, 900, 10, 30, 20]);
    const [result] = await measureCase({ name: "case", metrics: [TIME], subject }, { repeats: 3, warmUps: 2 });
    expect(result!.subject).toEqual({ name: "A", value: 20, spread: 0.5 });
  });

  it.each([
    { metric: TIME, subject: 20, against: 50, ratio: 2.5 },
    { metric: TIME, subject: 50, against: 20, ratio: 0.4 },
    { metric: SPEED, subject: 50, against: 20, ratio: 2.5 },
    { metric: SPEED, subject: 20, against: 50, ratio: 0.4 },
  ])("ratio of $subject $metric.unit against $against is $ratio", async ({ metric, subject, against, ratio }) => {
    const benchCase = {
      name: "case",
      metrics: [metric],
      subject: scripted("A", metric, [subject]),
      against: scripted("B", metric, [against]),
    };
    expect((await measureCase(benchCase, once))[0]!.ratio).toBeCloseTo(ratio);
  });

  it("compares medians, not the means an outlier would move", async () => {
    const benchCase = {
      name: "case",
      metrics: [TIME],
      subject: scripted("A", TIME, [10, 10, 10_000, 10, 10]),
      against: scripted("B", TIME, [20, 20, 20, 20, 1]),
    };
    expect((await measureCase(benchCase, { repeats: 5, warmUps: 0 }))[0]!.ratio).toBe(2);
  });

  it("gives no ratio without a second contender, nor for a metric it leaves out", async () => {
    const subject: Contender = { name: "A", sample: () => ({ time: 4, speed: 5 }) };
    const metrics = [TIME, SPEED];
    const alone = await measureCase({ name: "case", metrics, subject }, once);
    expect(alone.map((result) => "ratio" in result || "against" in result)).toEqual([false, false]);
    const half = await measureCase({ name: "case", metrics, subject, against: scripted("B", TIME, [8]) }, once);
    expect(half.map((result) => result.ratio)).toEqual([2, undefined]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d as a measurement", async (value) => {
    const subject = scripted("A", TIME, [value]);
    await expect(measureCase({ name: "case", metrics: [TIME], subject }, once)).rejects.toThrow(
      `case: time of A: expected a positive number each time, found ${value}`,
    );
  });

  it("refuses a subject that leaves a metric out", async () => {
    const benchCase = { name: "case", metrics: [SPEED], subject: scripted("A", TIME, [1]) };
    await expect(measureCase(benchCase, once)).rejects.toThrow("case: A gave no speed");
  });

  it("refuses a contender that measures a metric only sometimes", async () => {
    let round = 0;
    const subject: Contender = { name: "A", sample: () => (round++ === 0 ? { time: 1 } : {}) };
    await expect(measureCase({ name: "case", metrics: [TIME], subject }, { repeats: 2, warmUps: 0 })).rejects.toThrow(
      "found 1 values in 2 repeats",
    );
  });
});

const compared: Result = {
  case: "sha256-be",
  metric: TIME,
  subject: { name: "restep", value: 123.4567891, spread: 0.012 },
  against: { name: "qemu-mips", value: 370.3703673, spread: 0.2 },
  ratio: 3.0000000001,
};
const alone: Result = { case: "b", metric: SPEED, subject: { name: "restep", value: 4.5, spread: 0.1 } };

describe("reporting", () => {
  it("makes a line of exactly the documented fields", () => {
    expect(toLine("exec", compared)).toEqual({
      suite: "exec",
      case: "sha256-be",
      metric: "time",
      unit: "ms",
      value: 123.457,
      against: "qemu-mips",
      ratio: 3,
    });
    expect(toLine("exec", alone)).toEqual({ suite: "exec", case: "b", metric: "speed", unit: "MiB/s", value: 4.5 });
  });

  it("lines up a table", () => {
    expect(formatTable("exec", [compared, alone])).toBe(
      [
        "exec",
        "  case       metric       value  spread  against     value  spread  ratio",
        "  sha256-be  time        123 ms   ±1.2%  qemu-mips  370 ms    ±20%  3.00x",
        "  b          speed   4.50 MiB/s    ±10%",
        "",
      ].join("\n"),
    );
  });

  it("leaves out the columns of a comparison nobody made", () => {
    expect(formatTable("lift", [alone])).toBe(
      "lift\n  case  metric       value  spread\n  b     speed   4.50 MiB/s    ±10%\n",
    );
  });
});

function suiteOf(name: string, ...cases: BenchCase[]): Suite {
  return {
    name,
    summary: `measures ${name}`,
    cases: async function* () {
      yield* cases;
    },
  };
}

async function runBench(args: string[], ...suites: Suite[]) {
  const printed: string[] = [];
  const said: string[] = [];
  const edge: BenchEdge = {
    suites,
    now: () => 0,
    scratch: "/nowhere",
    isInstalled: () => true,
    getNode: () => ({ missing: "no network" }),
    warn: (line) => void said.push(line),
    say: (line) => void said.push(line),
    print: (text) => void printed.push(text),
  };
  return { status: await bench(args, edge), output: printed.join(""), errors: said.join("\n") };
}

const good = { name: "good", metrics: [TIME], subject: scripted("A", TIME, [5]) };
const bad: BenchCase = {
  name: "bad",
  metrics: [TIME],
  subject: {
    name: "A",
    sample: () => {
      throw new Error("expected digest 00, found ff");
    },
  },
};

describe("the bench command", () => {
  it("prints one JSON object a line with --json, and nothing else", async () => {
    const run = await runBench(["first", "second", "--json"], suiteOf("first", good, good), suiteOf("second", good));
    expect(run.status).toBe(0);
    const lines = run.output.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).suite)).toEqual(["first", "first", "second"]);
  });

  it("prints a table without --json", async () => {
    const run = await runBench(["first"], suiteOf("first", good));
    expect(run.output).toBe("first\n  case  metric    value  spread\n  good  time    5.00 ms   ±0.0%\n");
  });

  it("measures as many rounds as --repeats says, and one to warm up", async () => {
    const asked: string[] = [];
    const counted = { name: "case", metrics: [TIME], subject: scripted("A", TIME, [1], asked) };
    await runBench(["first", "--repeats", "7"], suiteOf("first", counted));
    expect(asked).toHaveLength(8);
  });

  it.each([
    { args: ["third"], message: 'no suite "third"; there are: first, second' },
    { args: [], message: "no suite named; there are: first, second" },
    { args: ["first", "--repeats", "0"], message: '--repeats: expected a whole number from 1 to 1000, found "0"' },
    { args: ["first", "--repeats", "1.5"], message: '--repeats: expected a whole number from 1 to 1000, found "1.5"' },
    { args: ["first", "--fast"], message: "--fast" },
  ])("refuses $args with exit code 2", async ({ args, message }) => {
    const run = await runBench(args, suiteOf("first", good), suiteOf("second", good));
    expect(run).toMatchObject({ status: 2, output: "", errors: expect.stringContaining(message) });
  });

  it("fails where a suite has nothing to measure", async () => {
    const run = await runBench(["first"], suiteOf("first"));
    expect(run).toMatchObject({ status: 1, output: "", errors: "bench: first: expected cases to measure, found none" });
  });

  it("lists the suites with --help, the example first", async () => {
    const run = await runBench(["--help"], suiteOf("first", good));
    expect(run.status).toBe(0);
    expect(run.output.split("\n")[0]).toBe("Example: npm run bench -- exec --repeats 9");
    expect(run.output).toContain("  first  measures first");
  });

  it("says what failed, keeps what was measured before, goes on with the next suite, and exits 1", async () => {
    const run = await runBench(
      ["first", "second", "--json"],
      suiteOf("first", good, bad, good),
      suiteOf("second", good),
    );
    expect(run.status).toBe(1);
    expect(run.errors).toContain("bench: first: expected digest 00, found ff");
    const cases = run.output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(cases.map(({ suite, case: name }) => `${suite}/${name}`)).toEqual(["first/good", "second/good"]);
  });

  it("lets a suite go through its own clean-up when a case fails", async () => {
    let isClean = false;
    const suite: Suite = {
      name: "first",
      summary: "",
      cases: async function* () {
        try {
          yield bad;
        } finally {
          isClean = true;
        }
      },
    };
    expect((await runBench(["first"], suite)).status).toBe(1);
    expect(isClean).toBe(true);
  });
});
