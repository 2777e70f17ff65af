import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectedSpans, NAMES, ruleUnder, SHAPES, shapesUnder } from "../../../shared/kernel/secrets/collected.ts";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import { shannonEntropy } from "../../../shared/kernel/secrets/entropy.ts";
import { redact } from "../../../shared/kernel/secrets/redact.ts";
import { SUPPLEMENT_NAMES, SUPPLEMENT_SHAPES } from "../../../shared/kernel/secrets/supplement.ts";
import { someOf } from "../../support/scale.ts";

/** Texts of a pattern by chance, without what it asks of the characters beside it. */
function drawnFrom(pattern: string): string[] {
  const bare = pattern
    .replaceAll(/\(\?<?![^)]*\)|\\b/g, "")
    // As long as need be, so that the pattern alone decides.
    .replaceAll(/\{(\d+),\}/g, "{$1}")
    .replaceAll("[^\\n]{0,256}?", "")
    // Each part of a class is drawn as often as another.
    .replaceAll("[\\w=\\-]", "\\w");
  return fc.sample(fc.noBias(fc.stringMatching(new RegExp(`^(?:${bare})$`))), { numRuns: 40, seed: 7 });
}

/** Some that are as varied as secrets are. */
function textsOf({ pattern, entropy = 0 }: { readonly pattern: string; readonly entropy?: number }): string[] {
  const texts = drawnFrom(pattern);
  return texts.filter((text) => shannonEntropy(text) > entropy + 0.05).slice(0, 3);
}

const shareOf = (texts: readonly string[], is: (text: string) => boolean) => texts.filter(is).length / texts.length;

describe("the kept collection", () => {
  it("has each rule once, with words to look for first", () => {
    expect(new Set(SHAPES.map(({ id }) => id)).size).toBe(SHAPES.length);
    for (const { id, words } of SHAPES) {
      expect(words, id).not.toEqual([]);
      for (const word of words) expect(word, id).toMatch(/^[^A-Z]{3,}$/);
    }
    for (const { id } of [...SHAPES, ...NAMES]) expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)+$/);
    expect(SHAPES.length + NAMES.length).toBeGreaterThan(180);
  });

  it.each(someOf(SHAPES, 3))("$id finds what its pattern describes, and blots it out", (shape) => {
    const texts = textsOf(shape);
    expect(texts).not.toEqual([]);
    for (const text of texts) {
      const document = { log: [`found ${text} there`] };
      expect(
        shape.words.some((word) => text.toLowerCase().includes(word)),
        text,
      ).toBe(true);
      expect(findSecrets(document), text).not.toEqual([]);
      expect(findSecrets(redact(document)), text).toEqual([]);
    }
  });

  it.each(someOf(NAMES, 3))(
    "$id is found under a name of its issuer, in a document and in a text",
    ({ id, word, value, entropy = 0 }) => {
      const issuer = fc.sample(fc.stringMatching(new RegExp(`^${word.toLowerCase()}$`)), { numRuns: 1, seed: 7 })[0]!;
      const secrets = textsOf({ pattern: value, entropy });
      expect(secrets).not.toEqual([]);
      for (const secret of secrets) {
        expect(findSecrets({ [`${issuer}_api_key`]: secret }), `${id}: ${secret}`).not.toEqual([]);
        expect(findSecrets(`${issuer.toUpperCase()}_TOKEN=${secret}`), `${id}: ${secret}`).not.toEqual([]);
      }
    },
  );

  it.each([...SUPPLEMENT_SHAPES, ...SUPPLEMENT_NAMES])("$id says where its form is described", ({ source }) => {
    expect(new URL(source).protocol).toBe("https:");
  });

  it("asks for no issuer's secrets under names that name none", () => {
    const names = ["api_key", "TOKEN", "my.secret", "password", "github_key_of_mine"];
    expect(names.map((name) => shapesUnder(name).map(({ id }) => id))).toEqual(names.map(() => []));
  });

  it.each(["heroku", "Heroku", "HEROKU", "hErOkU"])("asks for what an issuer draws under its bare name: %s", (name) => {
    expect(shapesUnder(name).map(({ id }) => id)).toEqual(["heroku-api-key"]);
  });

  it("asks for none under names that are longer than names are, or shorter", () => {
    const named = (length: number) => `heroku_${"x".repeat(length - 11)}_key`;
    expect(shapesUnder(named(128)).map(({ id }) => id)).toEqual(["heroku-api-key"]);
    expect([named(129), "key", ""].map(shapesUnder)).toEqual([[], [], []]);
  });

  it.each(SHAPES)("$id knows most of what its issuer could draw by chance", ({ id, pattern }) => {
    const known = (text: string) => collectedSpans(`${text} `).some(({ rule }) => rule === id);
    expect(shareOf(drawnFrom(pattern), known)).toBeGreaterThan(0.5);
  });

  it.each(NAMES)("$id knows most of what its issuer could draw by chance", ({ word, value }) => {
    const issuer = fc.sample(fc.stringMatching(new RegExp(`^${word.toLowerCase()}$`)), { numRuns: 1, seed: 7 })[0]!;
    const known = (text: string) => ruleUnder(`${issuer}_key`, text) !== undefined;
    expect(shareOf(drawnFrom(value), known)).toBeGreaterThan(0.5);
  });

  it("takes a name of an issuer that grants nothing for what it is", () => {
    const id = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";
    expect(findSecrets({ heroku_app_id: id, heroku_dyno: id, "heroku.request": id })).toEqual([]);
    expect(findSecrets({ heroku_api_key: id })).toEqual([{ pointer: "/heroku_api_key", rule: "heroku-api-key" }]);
  });
});

describe("time", () => {
  // What takes more than linear time does not end before the test runner's limit.
  const starts = [...new Set(SHAPES.flatMap(({ words }) => words))];

  it("half a megabyte of every word, and of all of them, is looked through", () => {
    for (const word of someOf(starts, 10))
      expect(() => findSecrets(word.repeat(Math.ceil(500_000 / word.length)))).not.toThrow();
    const all = starts.join("-1-A-1 ");
    expect(() => findSecrets(all.repeat(Math.ceil(500_000 / all.length)))).not.toThrow();
  });

  it.each([
    "curl -u a",
    "curl ",
    "machine a login b ",
    "machine a ",
    ":a@tcp",
    "xoxb-1234567890-1234567890",
    "EAAMa",
    "sc_aaaaa.aaaa.acc_",
    "glpat-aaaa",
    "heroku_api_key=",
    "https://a.webhook.office.com/webhookb2/",
    "ops_eyJ",
    "fm1a_",
  ])("half a megabyte of %j is looked through", (text) => {
    expect(() => findSecrets({ log: `${text.repeat(Math.ceil(500_000 / text.length))}_` })).not.toThrow();
  });
});
