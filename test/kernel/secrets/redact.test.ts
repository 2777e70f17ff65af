import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import { redact } from "../../../shared/kernel/secrets/redact.ts";
import { oneIn } from "../../support/scale.ts";
import { SAMPLES } from "./arbitraries.ts";

const KEY = "hV7+q2LxPz9/RkT4wYb1Nc8sJd3Gf6Ue0AmIoXtE5vQ=";
const sampleOf = (id: string) => fc.sample(SAMPLES[id]!, { numRuns: 1, seed: 7 })[0]!;

describe("redacting", () => {
  it("puts a marker in place of the part of a text that is a secret", () => {
    const { text } = sampleOf("npm-token");
    expect(redact(`pushed with ${text} to npm`)).toBe("pushed with [redacted:npm-token] to npm");
    expect(redact("postgres://restep:hunter2@db/runs")).toBe("postgres://restep:[redacted:url-password]@db/runs");
    expect(redact(`A=1 DB_PASSWORD=${KEY} B=2`)).toBe("A=1 DB_PASSWORD=[redacted:named-secret] B=2");
    expect(redact(`curl -H "Authorization: Bearer ${KEY}" https://a`)).toBe(
      'curl -H "Authorization: [redacted:bearer-token]" https://a',
    );
  });

  it("puts a marker in place of a whole value under a telling name, by the rule that knows its shape", () => {
    const { text } = sampleOf("jwt");
    expect(redact({ authorization: `Bearer ${text}`, password: KEY, user: "restep" })).toEqual({
      authorization: "[redacted:jwt]",
      password: "[redacted:named-secret]",
      user: "restep",
    });
  });

  it("redacts where an escaped secret stands, and leaves what is around it as it was written", () => {
    expect(redact(`{"a":"\\u00e9","password":"${KEY.replaceAll("/", "\\/")}","b":"c\\/d"}`)).toBe(
      '{"a":"\\u00e9","password":"[redacted:named-secret]","b":"c\\/d"}',
    );
    expect(redact(`?a=%C3%A9&password=${encodeURIComponent(KEY)}&b=%2F`)).toBe(
      "?a=%C3%A9&password=[redacted:named-secret]&b=%2F",
    );
  });

  it("keeps the structure, the entries of keys that now coincide, and the input", () => {
    const [first, second] = fc.sample(
      SAMPLES["github-token"]!.map(({ text }) => text.slice(0, 40)),
      { numRuns: 2, seed: 7 },
    );
    const document = { [first!]: [1, { deep: null }], [second!]: "x", clean: ["a"] };
    const before = JSON.stringify(document);
    expect(redact(document)).toEqual({
      "[redacted:github-token]": [1, { deep: null }],
      "[redacted:github-token]#2": "x",
      clean: ["a"],
    });
    expect(JSON.stringify(document)).toBe(before);
  });

  it("gives back the very parts that are clean", () => {
    const clean = { list: ["a", { b: 1 }], at: new Date(0) };
    expect(redact(clean)).toBe(clean);
    const mixed = redact({ clean, password: KEY });
    expect(mixed.clean).toBe(clean);
  });

  it("keeps a key called __proto__ a key", () => {
    const document = JSON.parse(`{"__proto__":{"password":"${KEY}"},"a":1}`);
    expect(JSON.stringify(redact(document))).toBe('{"__proto__":{"password":"[redacted:named-secret]"},"a":1}');
  });
});

describe("redacting anything", () => {
  /** Pieces that mean something to the detector, in any order: names, separators, escapes, secrets and their ends. */
  const piece = fc.constantFrom(
    ...[
      "password",
      "token",
      "authorization",
      "secret",
      "api",
      "key",
      "_",
      "=",
      ":",
      '"',
      "'",
      "--",
      " ",
      "\n",
      ",",
      ";",
    ],
    ...[
      "&",
      "@",
      "://",
      "%",
      "%3D",
      "%25",
      "\\",
      "\\\\",
      "\\n",
      "\\u002d",
      "[redacted:",
      "]",
      "[redacted:named-secret]",
    ],
    ...[
      "Bearer ",
      "sk-",
      "eyJ",
      "AKIA",
      "ABCDEFGH12345678",
      "user:p4ss@host",
      "-----BEGIN PRIVATE KEY-----",
      "é",
      "😀",
    ],
    ...["Xk29-dkD82+ms/99", KEY, "deadbeefdeadbeef0123456789abcdef", "plain old secret", "cGxhaW4gb2xkIHNlY3JldA"],
    sampleOf("github-token").text,
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const key = fc.oneof(text, fc.constantFrom("password", "name", "value", "tokens", "secrets", "kty", "d"));
  const { document } = fc.letrec<{ document: unknown }>((tie) => ({
    document: fc.oneof(
      { depthSize: "small" },
      text,
      text,
      fc.array(tie("document"), { maxLength: 4 }),
      fc.dictionary(key, tie("document"), { maxKeys: 4 }),
    ),
  }));

  it.each([
    ["nothing is declared", {}],
    ["a value is declared", { declared: ["plain old secret"] }],
  ])("leaves nothing to find, and nothing to redact again, where %s", (_, options) => {
    fc.assert(
      fc.property(document, (value) => {
        const before = JSON.stringify(value);
        const redacted = redact(value, options);
        expect(JSON.stringify(value)).toBe(before);
        expect(redacted === value).toBe(findSecrets(value, options).length === 0);
        expect(findSecrets(redacted, options)).toEqual([]);
        expect(redact(redacted, options)).toBe(redacted);
      }),
      { numRuns: 3_000 / oneIn(6) },
    );
  });

  it("keeps any JSON that has no secret in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(findSecrets(value).length === 0);
        expect(redact(value)).toBe(value);
      }),
    );
  });
});
