import { describe, expect, it } from "vitest";
import { compileInTurns, compileStateMachine, validateDefinition, validateInTurns } from "../../shared/asl/index.ts";
import { atOnce, inTurns } from "../../shared/asl/interleaved.ts";

/** Work of steps that take a while each. */
function* steps(count: number, milliseconds: number, done: () => void = () => undefined) {
  for (let step = 0; step < count; step++) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    done();
    yield;
  }
  return count;
}

/** How often the rest of the process had its turn meanwhile. */
async function turnsDuring<Result>(
  work: Promise<Result>,
): Promise<{ readonly result: Result; readonly turns: number }> {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work.finally(() => {
    isOver = true;
  });
  return { result, turns };
}

const pass = (index: number, count: number) => ({
  Type: "Pass",
  Parameters: { "a.$": "$.a" },
  ...(index + 1 < count ? { Next: `s${index + 1}` } : { End: true }),
});
/** A definition of so many states in a row. */
const large = (count: number) =>
  JSON.stringify({
    StartAt: "s0",
    States: Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, pass(index, count)])),
  });

describe("work in turns", () => {
  it("is left for the rest of the process again and again, and gives what it gives at once", async () => {
    expect(atOnce(steps(10, 0))).toBe(10);
    const { result, turns } = await turnsDuring(inTurns(steps(10, 9)));
    expect(result).toBe(10);
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it("of several is done by one of them in each turn", async () => {
    const done: string[] = [];
    const of = (who: string) => inTurns(steps(3, 9, () => done.push(who)));
    const { turns } = await turnsDuring(Promise.all([of("a"), of("b"), of("c")]));
    expect(done.join("")).toBe("abcabcabc");
    expect(turns).toBeGreaterThanOrEqual(6);
  });

  it("is done without a turn of the others where it is short", async () => {
    let hadTurn = false;
    setImmediate(() => {
      hadTurn = true;
    });
    expect(await inTurns(steps(3, 0))).toBe(3);
    expect(hadTurn).toBe(false);
  });

  it("fails as it fails at once", async () => {
    const failing = function* () {
      yield* steps(3, 9);
      throw new Error("no");
    };
    await expect(inTurns(failing())).rejects.toThrow("no");
  });
});

describe("a large definition", () => {
  it("is compiled and validated as at once, without holding up the process", async () => {
    const text = large(3_000);
    const { result, turns } = await turnsDuring(compileInTurns(text));
    expect([...result.workflow.states.keys()]).toEqual([...compileStateMachine(text).workflow.states.keys()]);
    expect(turns).toBeGreaterThan(1);
    const spoilt = text.replace('"Next":"s7"', '"Next":"s"').replace("$.a", "a");
    expect(await validateInTurns(spoilt)).toEqual(validateDefinition(spoilt));
    expect(validateDefinition(spoilt)).not.toEqual([]);
    await expect(compileInTurns(spoilt)).rejects.toMatchObject({ name: "DefinitionError" });
  });
});
