import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import {
  anyRandomValue,
  binaryText,
  innocentText,
  plainName,
  planted,
  randomValue,
  strongName,
  weakName,
} from "./arbitraries.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const KEY = "hV7+q2LxPz9/RkT4wYb1Nc8sJd3Gf6Ue0AmIoXtE5vQ=";
const DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const named = (pointer: string) => ({ pointer, rule: "named-secret" });

describe("values under telling names", () => {
  it("are found wherever they stand in a document", () => {
    // By chance a value has the form of somebody's token, and is called by that one's name.
    const formless = randomValue.filter((value) => findSecrets(value).length === 0);
    const secret = fc.tuple(fc.oneof(strongName, weakName), formless, fc.integer());
    const documents = secret.chain(([name, value, other]) =>
      planted(fc.constant({ [name]: value, other })).map((found) => ({ name, found })),
    );
    fc.assert(
      fc.property(documents, ({ name, found }) => {
        const findings = findSecrets(found);
        expect(findings.map(({ rule }) => rule)).toEqual([
          expect.stringMatching(/^(named-secret|aws-secret-access-key)$/),
        ]);
        expect(findings[0]!.pointer.endsWith(`/${name}`)).toBe(true);
      }),
    );
  });

  it("are found but for a few in a million that look like words by chance", () => {
    const values = fc.sample(anyRandomValue, { numRuns: 50_000, seed: 5 });
    expect(values.filter((value) => findSecrets({ password: value }).length !== 1)).toEqual([]);
  });

  it.each([
    "password",
    "db_password",
    "dbPassword",
    "DB-PASSWORD",
    "dbpassword",
    "passwd",
    "passphrase",
    "password2",
    "PGPASSWORD",
    "smtp_pass",
    "secret",
    "client_secret",
    "secret_value",
    "SecretString",
    "clientSecret.$",
    "secretAccessKey",
    "api_key",
    "apiKey",
    "APIKEY",
    "x-api-key",
    "API_KEY_OLD",
    "access_key",
    "private_key",
    "ssh.key",
    "signingKey",
    "RESTEP_SECRET_KEY",
    "token",
    "accesstoken",
    "GITHUB_TOKEN",
    "TaskToken",
    "_authToken",
    "authorization",
    "Proxy-Authorization",
    "credential",
    "cookie",
    "Set-Cookie",
    "session",
    "session_id",
    "sessionToken",
    "jwt",
  ])("%s tells", (name) => {
    expect(findSecrets({ [name]: KEY })).toEqual([named(`/${name}`)]);
  });

  it.each([
    "TokenPath",
    "token_count",
    "next_token",
    "pageToken",
    "public_key",
    "cache_key",
    "key",
    "monkey",
    "tokenizer",
    "author",
    "secretary",
    "pass",
    "bypass",
    "state_id",
    "signature",
    "token_endpoint",
    "secret_name",
    "sessionDuration",
    "mnemonic",
  ])("%s does not tell", (name) => {
    expect(findSecrets({ [name]: KEY })).toEqual([]);
  });

  it.each([
    ["base64", KEY],
    ["hexadecimal digits", "31d4d96e407aad42f1a8c3b2e5d6f7a8"],
    ["letters alone", "hZrOFxUgimiMmTVDdlekOkhrdrkTMvMsEU"],
    ["a short password with signs", "Tr0ub4dor&3"],
    ["a header with its scheme", "Digest qop=auth, response=6629fae49393a05397450978507c4ef1"],
    ["AWS's example of a session token", "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4"],
  ])("%s is found", (_, value) => {
    expect(findSecrets({ token: value, password: value })).toEqual([named("/token"), named("/password")]);
  });

  it.each([
    ["a SHA-256 under a name that may mean a handle", { token: DIGEST }],
    ["an artifact", { secret: `artifact://${DIGEST}` }],
    ["a UUID", { session: "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11" }],
    ["a word", { authorization: "unauthenticated" }],
    ["an enum value", { token: "IDENTIFIER_OR_KEYWORD" }],
    ["words with numbers", { credential: "SignatureV4SignWithRegion" }],
    ["the name of a variable", { secrets: ["RESTEP_SECRET_KEY", "DB_PASSWORD_2"] }],
    ["a path", { private_key: "/etc/restep/keys/ab/id_ed25519.pem" }],
    ["an ARN", { secret: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1B2c3" }],
    ["a JSONPath", { "TaskToken.$": "$$.Task.Token" }],
    ["a JSONata expression", { TaskToken: "{% $states.context.Task.Token %}" }],
    ["a template", { password: `$\{DB_PASSWORD}` }],
    ["a regular expression", { secrets: { pattern: "^[A-Z_][A-Z0-9_]*$" } }],
    ["a sentence", { token: "expected 64 lowercase hexadecimal digits (SHA-256), found 63" }],
    ["a time", { session: "2026-01-01T00:00:00.000Z" }],
    ["an address", { token: "0x00400120" }],
    ["a number in a string", { password: "1234567890" }],
    ["a number", { password: 1234567890, token: null, secret: true }],
    ["stars", { password: "****************" }],
    ["what was redacted", { password: "[redacted:named-secret]" }],
  ])("%s passes", (_, document) => {
    expect(findSecrets(document)).toEqual([]);
  });

  it("a SHA-256 is a key under a name that can mean nothing else", () => {
    expect(findSecrets({ client_secret: DIGEST, hash: DIGEST })).toEqual([named("/client_secret")]);
  });

  it("an AWS secret key is known by its shape and its name together", () => {
    const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY".slice(0, 40);
    expect(findSecrets({ SecretAccessKey: key, path: key })).toEqual([
      { pointer: "/SecretAccessKey", rule: "aws-secret-access-key" },
    ]);
  });
});

describe("names beside values", () => {
  it.each([
    ["a pair", { name: "API_KEY", value: KEY }, "/value"],
    ["a pair in capitals", [{ Key: "x-api-key", Value: KEY }], "/0/Value"],
    ["an option and its value", { args: ["run", "--db-password", KEY] }, "/args/2"],
    ["an entry", [["Cookie", KEY]], "/0/1"],
    ["a collection", { secrets: { first: KEY } }, "/secrets/first"],
    ["a list", { tokens: ["IDENTIFIER", KEY] }, "/tokens/1"],
    ["a private JSON Web Key", { kty: "OKP", crv: "Ed25519", x: KEY, d: KEY }, "/d"],
  ])("%s", (_, document, pointer) => {
    expect(findSecrets(document)).toEqual([named(pointer)]);
  });

  const names = ["name", "Name", "key", "Key", "variable", "header", "field", "option", "ParameterKey"];
  it.each(names)("a pair whose name stands under %s", (member) => {
    expect(findSecrets({ [member]: "API_KEY", value: KEY })).toEqual([named("/value")]);
  });

  it.each(["value", "Value", "val", "ParameterValue"])("a pair whose value stands under %s", (member) => {
    expect(findSecrets({ name: "API_KEY", [member]: KEY })).toEqual([named(`/${member}`)]);
  });

  it("other pairs and lists pass", () => {
    expect(findSecrets([{ name: "digest", value: KEY }, ["run", KEY], ["--input", KEY, "--password"]])).toEqual([]);
    expect(findSecrets({ name: "API_KEY", checksum: KEY }), "what stands beside a pair's name and is no value").toEqual(
      [],
    );
  });
});

describe("assignments inside a text", () => {
  it.each([
    ["an environment file", `HOME=/root\nDB_PASSWORD=${KEY}\nPATH=/bin`],
    ["a shell command", `export API_KEY="${KEY}"`],
    ["an option", `restep run --api-key ${KEY} --json`],
    ["an option with =", `restep run --api-key=${KEY}`],
    ["a query", `https://example.com/a?x=1&access_token=${encodeURIComponent(KEY)}&y=2`],
    ["YAML", `user: restep\npassword: ${KEY}\n`],
    ["JSON", JSON.stringify({ user: "restep", password: KEY })],
    ["JSON in JSON", JSON.stringify({ output: JSON.stringify({ secret: KEY }) })],
    ["a program", `config["client_secret"] = '${KEY}';`],
    ["npm's settings", `//packages.example.com/:_authToken=${KEY}`],
    ["a connection string", `Server=db;Password=${KEY};Database=runs`],
    ["a request", `GET / HTTP/1.1\r\nAuthorization: Digest qop=auth, response=${KEY}\r\nHost: a`],
    ["percent-encoding", encodeURIComponent(`password=${KEY}`)],
  ])("%s", (_, text) => {
    expect(findSecrets({ log: ["start", text] })).toEqual([named("/log/1")]);
  });

  it.each([
    "token: expected an identifier, found 12",
    "environment variable RESTEP_SECRET_KEY: expected 32 bytes, found nothing",
    `state run_lifecycle.lift.main: token=${DIGEST}`,
    "password=",
    `digest=${KEY}`,
    "Authorization: required",
    "secret: artifact://ab",
  ])("%s passes", (text) => {
    expect(findSecrets(text)).toEqual([]);
  });
});

describe("pointers", () => {
  it("name the whole value, escape keys as RFC 6901 says, and count in arrays", () => {
    expect(findSecrets(`password=${KEY}`)).toEqual([named("")]);
    expect(findSecrets({ "a/b~c": [0, { password: KEY }] })).toEqual([named("/a~1b~0c/1/password")]);
  });

  it("tell each rule once for each place", () => {
    const text = `password=${KEY} api_key=${KEY} Basic ${Buffer.from("restep:p4ssw0rd").toString("base64")}`;
    expect(findSecrets([text])).toEqual([named("/0"), { pointer: "/0", rule: "basic-credentials" }]);
  });
});

describe("what is not JSON", () => {
  it("is looked at as JSON would write it", () => {
    const url = new URL(`https://example.com/?api_key=${encodeURIComponent(KEY)}`);
    expect(findSecrets({ url, at: new Date(0), none: undefined, bytes: Buffer.from(`password=${KEY}`) })).toEqual([
      named("/url"),
    ]);
  });

  it("a cycle is an error rather than an endless search", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => findSecrets(cycle)).toThrow(/is it a cycle/);
  });
});

describe("innocent documents", () => {
  const leaf = fc.oneof(innocentText, fc.integer(), fc.boolean(), fc.constant(null));
  const { document } = fc.letrec<{ document: unknown }>((tie) => ({
    document: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("document")),
      fc.dictionary(plainName, fc.oneof(tie("document"), binaryText)),
      fc.dictionary(weakName, leaf),
    ),
  }));

  it("give no finding", () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(findSecrets(value)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  const files = ["examples", "docs/reference", "statemachines"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(folder, name)),
  );

  it.each(files)("%s has none, as a document or as a text", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    expect(findSecrets(JSON.parse(text))).toEqual([]);
    expect(findSecrets(text)).toEqual([]);
  });

  it("include the events of a run", () => {
    const event = {
      run_id: "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11",
      seq: 7,
      ts: "2026-01-01T00:00:00.000Z",
      actor: "handler",
      attempt: 0,
      kind: "kernel",
      name: "state_failed",
      payload: {
        state_id: "run_lifecycle.lift.main",
        error: {
          name: "TransientIo",
          code: "transient_io",
          category: "resource",
          retryable: true,
          message: `cannot read /home/user/.restep/artifacts/9f/${DIGEST.slice(2)}: EMFILE, too many open files`,
        },
        failure_snapshot: `artifact://${DIGEST}`,
      },
      prev: DIGEST,
    };
    expect(findSecrets(event)).toEqual([]);
    expect(findSecrets(JSON.stringify(event))).toEqual([]);
  });
});
