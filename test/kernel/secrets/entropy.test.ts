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
    ["is varied enough", "q1q1w2e3", "q1w2e3q1w1"],
    ["has a word longer than words are", ALPHABET.slice(0, 25), ALPHABET.slice(0, 24)],
    ["changes case too often for words", "aBcDeFgHiJ", "someWordsThatRead"],
    ["has words of two letters", "AbcDefGh", "AbcDefGhi"],
    ["has many short words", "ab-cd-ef-gh-ij-kl", "ab-cd-ef-gh-ij"],
    ["has many words that are short in the mean", "abc-efgh-ijkl-mnop-qrst-uvwx", "abcd-efgh-ijkl-mnop-qrst-uvwx"],
    ["has more than two numbers where it is short", "a1bcd2e3", "abc1def2"],
    ["has more than one number where it is longer", "abcd1efg2", "abcdefgh1"],
    ["has many digits", "word123456", "word12345"],
    ["has short words beside its numbers", "ab12345de", "abc12345de"],
    ["has parts of four characters with numbers", "x1y2.z3w4.q5", "x1y.z3w.q5v"],
    ["has one part that is no word", "abc.def.x1y2z3w4", "abc.def.aBcd"],
    ["is no placeholder", "q7ZkX9!v", "<q7ZkX9!v>"],
    ["has no letters of words", "pässwörter1234567", "pässwörter"],
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
