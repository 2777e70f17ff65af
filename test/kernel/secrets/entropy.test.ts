import { describe, expect, it } from "vitest";
import { looksSecret, shannonEntropy } from "../../../shared/kernel/secrets/entropy.ts";

describe("the bits for each character", () => {
  it.each([
    ["", 0],
    ["aaaa", 0],
    ["ab", 1],
    ["aaaa1111", 1],
    ["abcd", 2],
    ["aab", 0.9183],
    ["abcdefgh", 3],
  ])("of %j are %d", (text, bits) => {
    expect(shannonEntropy(text)).toBeCloseTo(bits, 4);
  });
});

describe("a value under a telling name", () => {
  const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

  it.each([
    ["is long enough", "Tr0ub4d&", "Tr0ub4d"],
    ["is varied enough", "q1w2e3q1w2", "q1w2e3q1w1"],
    ["has a word longer than words are", ALPHABET.slice(0, 25), ALPHABET.slice(0, 24)],
    ["changes case too often for words", "aBcDeFgHiJ", "someWordsThatRead"],
    ["has more than two numbers where it is short", "a1bcd2e3", "abc1defg"],
    ["has more than one number where it is longer", "abcd1efgh2", "abcdefgh1"],
    ["has many digits", "word123456", "word12345"],
    ["has short words beside its numbers", "ab12cd34x", "abcd12xyz"],
    ["is longer than names are", `${"Reading".repeat(9)}Ab`, "Reading".repeat(9)],
    ["has signs that stand in no name", "abc&def~ghi", "abc.def_ghi"],
    ["has a word of such a kind", "the password is q7ZkX9!v", "the password is elsewhere"],
  ])("is a secret where it %s", (_, secret, innocent) => {
    expect([secret, looksSecret(secret, "strong")]).toEqual([secret, true]);
    expect([innocent, looksSecret(innocent, "strong")]).toEqual([innocent, false]);
  });

  it("of the length of a SHA-256 is one under a name that can mean nothing else", () => {
    const digits = "0123456789abcdef".repeat(4);
    expect([looksSecret(digits, "strong"), looksSecret(digits, "weak")]).toEqual([true, false]);
  });
});
