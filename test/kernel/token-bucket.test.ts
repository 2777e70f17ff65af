import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenBucket } from "../../shared/kernel/token-bucket.ts";

describe("a token bucket", () => {
  it("has its burst at once, then a token in each interval", () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 3 });
    expect([0, 0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 0, 100, 200]);
  });

  it("fills up again while nobody takes any, and never above its burst", () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 2 });
    expect([0, 0, 10_000, 10_000, 10_000].map((now) => bucket.take(now))).toEqual([0, 0, 0, 0, 100]);
  });

  it("has a token for whoever may wait until just then, and takes none for whoever may not", () => {
    const bucket = createTokenBucket({ perSecond: 1, burst: 1 });
    expect([bucket.take(0), bucket.take(0, 999), bucket.take(0, 1_000), bucket.take(0)]).toEqual([
      0, 1_000, 1_000, 2_000,
    ]);
  });

  it("hands out no more than its burst and what its rate allows, in any span of time", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 5 }), pauses, (perSecond, burst, gaps) => {
        const bucket = createTokenBucket({ perSecond, burst });
        let now = 0;
        const given = gaps.map((gap) => {
          now += gap;
          return now + bucket.take(now);
        });
        for (const [first, from] of given.entries()) {
          for (const [more, to] of given.slice(first).entries()) {
            expect(more + 1).toBeLessThanOrEqual(burst + (perSecond * (to - from)) / 1_000 + 1e-6);
          }
        }
      }),
    );
  });
});
