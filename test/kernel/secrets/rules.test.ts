import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import { redact } from "../../../shared/kernel/secrets/redact.ts";
import { mayHoldShape, SHAPE_RULES } from "../../../shared/kernel/secrets/rules.ts";
import { oneIn } from "../../support/scale.ts";
import { planted, SAMPLES, type Sample, surrounded } from "./arbitraries.ts";

/** A sample in a text, somewhere in a document, and the part that must be gone afterwards. */
function hidden(sample: fc.Arbitrary<Sample>): fc.Arbitrary<{ document: unknown; secret: string }> {
  return sample.chain(({ text, secret }) =>
    planted(surrounded(fc.constant(text))).map((document) => ({ document, secret })),
  );
}

describe("the table of key shapes", () => {
  it("has a sample for each rule, and each id once", () => {
    expect(SHAPE_RULES.map(({ id }) => id)).toEqual(Object.keys(SAMPLES));
    expect(new Set(SHAPE_RULES.map(({ id }) => id)).size).toBe(SHAPE_RULES.length);
  });

  it.each(SHAPE_RULES)("$id says where its shape is described", ({ source }) => {
    expect(new URL(source).protocol).toBe("https:");
  });

  it.each(SHAPE_RULES)("$id is found by its own rule when it stands alone", ({ id }) => {
    fc.assert(
      fc.property(SAMPLES[id]!, ({ text }) => {
        expect(mayHoldShape(text)).toBe(true);
        expect(findSecrets(text)).toEqual([{ pointer: "", rule: id }]);
      }),
      { numRuns: 50 / oneIn(5) },
    );
  });

  it.each(SHAPE_RULES)("$id is found and redacted wherever it stands", ({ id }) => {
    fc.assert(
      fc.property(hidden(SAMPLES[id]!), ({ document, secret }) => {
        expect(findSecrets(document)).not.toEqual([]);
        const clean = redact(document);
        expect(findSecrets(clean)).toEqual([]);
        expect(JSON.stringify(clean)).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
      { numRuns: 50 / oneIn(5) },
    );
  });

  it.each(SHAPE_RULES)("$id is found as JSON inside a string, and with its signs escaped", ({ id }) => {
    fc.assert(
      fc.property(SAMPLES[id]!, fc.integer({ min: 1, max: 3 }), ({ text, secret }, depth) => {
        let nested: string = JSON.stringify({ output: text });
        nested = nested.replaceAll("-", "\\u002d").replaceAll("/", "\\/");
        for (let level = 1; level < depth; level++) nested = JSON.stringify([nested]);
        expect(findSecrets(nested)).not.toEqual([]);
        expect(redact(nested)).not.toContain(secret.replaceAll("-", "\\u002d"));
      }),
      { numRuns: 30 / oneIn(5) },
    );
  });

  it.each(SHAPE_RULES)("$id is found as a key, and the pointer does not tell it", ({ id }) => {
    fc.assert(
      fc.property(SAMPLES[id]!, ({ text, secret }) => {
        const findings = findSecrets({ a: { [text]: 1 } });
        expect(findings.map(({ rule }) => rule)).toContain(id);
        expect(JSON.stringify(findings)).not.toContain(JSON.stringify(secret).slice(1, -1));
        expect(findSecrets(redact({ a: { [text]: 1 } }))).toEqual([]);
      }),
      { numRuns: 30 / oneIn(5) },
    );
  });
});

describe("what only resembles a key", () => {
  it.each([
    ["a placeholder for a password in a URL", "postgres://user:{{password}}@localhost/db"],
    ["stars for a password in a URL", "postgres://user:***@localhost/db"],
    ["a host with a port", "https://localhost:8080/artifacts@2"],
    ["an unsigned JWT", `${Buffer.from('{"alg":"none"}').toString("base64url")}.eyJzdWIiOiIxIn0.`],
    ["a public key", `-----BEGIN PUBLIC KEY-----\n${"MFkw".repeat(20)}\n-----END PUBLIC KEY-----`],
    ["a mention of a private key", "expected -----BEGIN PRIVATE KEY-----, found nothing"],
    ["a sentence with basic in it", "Basic instructions come before branches"],
    ["a sentence with bearer in it", "the Bearer authentication-scheme is not supported"],
    ["a task with a digest", `task-${"0123456789abcdef".repeat(2)}`],
    ["an integrity hash", `sha512-${"Ab9+".repeat(21)}Zw==`],
    ["an npm setting", "npm_config_registry=https://packages.example.com/"],
    ["a publishable key", `pk_live_${"a1B2c3D4e5F6"}`],
    ["an ARN", "arn:aws:iam::123456789012:role/AROAEXAMPLE"],
  ])("%s passes", (_, text) => {
    expect(findSecrets({ note: text })).toEqual([]);
  });
});

describe("time", () => {
  const megabyte = (text: string): string => text.repeat(Math.ceil(1_000_000 / oneIn(4) / text.length));

  // What takes more than linear time does not end before the test runner's limit.
  it.each([
    ...[
      "a",
      "-",
      "=",
      ":",
      "%",
      "\\",
      "@",
      "eyJ",
      "eyJaaaaaaaa.",
      "://a:",
      ":a@",
      "sk-",
      "1Q~",
      "Basic a",
      "xapp-1-A-1",
    ],
    ...["-----BEGIN PRIVATE KEY-----", "AccountKey=", "--password ", 'password="', "cookie: a=b; ", "\\\\n", "%2525"],
  ])("a megabyte of %j is looked through", (text) => {
    const document = { log: megabyte(text) };
    expect(findSecrets(redact(document))).toEqual([]);
  });

  it("a secret at the end of a megabyte is found", () => {
    const [sample] = fc.sample(SAMPLES["github-token"]!, 1);
    expect(findSecrets(`${megabyte("the run went on ")} ${sample!.text}`)).toEqual([
      { pointer: "", rule: "github-token" },
    ]);
  });
});
