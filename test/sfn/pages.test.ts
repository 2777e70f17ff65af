import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byCreation, pageOf } from "../../shared/sfn/api/pages.ts";

describe("pages of a list", () => {
  it("hold every item once, in order, whatever their size", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 10 }), (items, maxResults) => {
        const seen: number[] = [];
        let nextToken: string | undefined;
        do {
          const page = pageOf(items, "list", { maxResults, nextToken });
          expect(page.items.length).toBeLessThanOrEqual(maxResults);
          seen.push(...page.items);
          nextToken = page.nextToken;
        } while (nextToken !== undefined);
        expect(seen).toEqual(items);
      }),
    );
  });

  it("begin with what was made first, whatever order it is known in", () => {
    const made = [1, 2, 2, 3].map((creationDate, index) => ({ arn: `arn:${index}`, creationDate }));
    fc.assert(
      fc.property(fc.shuffledSubarray(made, { minLength: made.length }), (known) => {
        expect(byCreation(known)).toEqual(made);
      }),
    );
  });

  it("are of a hundred where no size is asked for, as 0 asks for none", () => {
    const items = Array.from({ length: 150 }, (_, index) => index);
    expect(pageOf(items, "list", {}).items).toHaveLength(100);
    expect(pageOf(items, "list", { maxResults: 0 }).items).toHaveLength(100);
  });

  it.each([
    ["a token of another list", pageOf([1, 2], "other", { maxResults: 1 }).nextToken],
    ["a token that is none", "nonsense"],
    ["a token that starts nowhere", Buffer.from('[-1,"list"]').toString("base64url")],
  ])("refuse %s", (_, nextToken) => {
    expect(() => pageOf([1, 2, 3], "list", { nextToken })).toThrow(expect.objectContaining({ code: "InvalidToken" }));
  });
});
