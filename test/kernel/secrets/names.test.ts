import { describe, expect, it } from "vitest";
import { prepareDeclared } from "../../../shared/kernel/secrets/declared.ts";
import { decodedViews } from "../../../shared/kernel/secrets/decode.ts";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import { namesMany, tellOf } from "../../../shared/kernel/secrets/names.ts";

describe("what a name says of its value", () => {
  it.each([
    [
      "strong",
      ["password", "db_password", "dbPassword", "DB-PASSWD", "passphrase_2", "secret_value", "apiKey", "API_KEYS"],
    ],
    [
      "strong",
      ["private_key", "aws.secret.key", "mysql_pass", "dbpassword", "clientsecret", "hmacKey", "PasswordHeader"],
    ],
    [
      "weak",
      ["token", "auth_token", "accesstoken", "Authorization", "credentials", "session_id", "bearer", "TokenString"],
    ],
    [
      undefined,
      [
        "",
        "pw",
        "key",
        "cache_key",
        "public_key",
        "pass",
        "compiler_pass",
        "page_token",
        "next_token",
        "TokenPath",
        "id",
        "user_id",
      ],
    ],
  ])("is %s: %j", (tell, names) => {
    expect(names.map((name) => [name, tellOf(name)])).toEqual(names.map((name) => [name, tell]));
  });

  it("is nothing of a name that is longer than names are", () => {
    expect(tellOf(`${"x".repeat(120)}_password`)).toBeUndefined();
    expect(tellOf(`${"x".repeat(119)}_password`)).toBe("strong");
  });

  it("is of many where it is the plural of one", () => {
    expect(["secrets", "API_KEYS", "credentials", "tokens"].map(namesMany)).toEqual([true, true, true, true]);
    expect(["secret", "keys", "buses", "class"].map(namesMany)).toEqual([false, false, false, false]);
  });
});

describe("what a text says with its escapes resolved", () => {
  const last = (text: string) => decodedViews(text).at(-1)?.text;

  it.each([
    ['a\\b\\f\\n\\r\\t\\"\\\\\\/z', 'a\b\f\n\r\t"\\/z'],
    ["%41%c3%bc\\u0042", "AüB"],
    ["no escapes", undefined],
    ["100%", undefined],
  ])("is %j", (text, expected) => {
    expect(decodedViews(text)[0]?.text).toBe(expected);
  });

  it("is looked at level by level, and not for ever", () => {
    expect(last("\\\\u0041")).toBe("A");
    expect(decodedViews("\\".repeat(64))).toHaveLength(4);
  });

  it("tells where each of its characters comes from, up to the end of the text", () => {
    const text = "x%41\\u0042%c3%bcyz";
    const [view] = decodedViews(text);
    expect(view?.text).toBe("xABüyz");
    expect([...Array(7).keys()].map((index) => view?.origin(index))).toEqual([0, 1, 4, 10, 16, 17, 18]);
  });
});

describe("a run of escapes", () => {
  it("tells of each of its characters where it is written, of however many bytes", () => {
    const [view] = decodedViews("x%41%c3%bc%f0%9f%98%80%42y");
    expect(view?.text).toBe("xAü😀By");
    expect([...Array(8).keys()].map((index) => view?.origin(index))).toEqual([0, 1, 4, 10, 10, 22, 25, 26]);
  });
});

describe("declared values", () => {
  it("are prepared once for one declaration", () => {
    const declared = ["hunter2 and more"];
    expect(prepareDeclared(declared)).toBe(prepareDeclared(declared));
    expect(prepareDeclared([...declared])).not.toBe(prepareDeclared(declared));
    expect(prepareDeclared([])).toBe(prepareDeclared());
  });

  it("of six characters are enough, in every encoding", () => {
    const { areIn } = prepareDeclared(["abcdef"]);
    for (const text of [
      "xabcdefx",
      Buffer.from("abcdef").toString("base64"),
      "616263646566",
      "616263646566".toUpperCase(),
    ]) {
      expect([text, areIn(text)]).toEqual([text, true]);
    }
    expect(areIn("abcde")).toBe(false);
  });

  it("are found in base64 from the first of their characters to the last", () => {
    const { areIn, pattern } = prepareDeclared(["abcdefghi"]);
    const text = Buffer.from("abcdefghi").toString("base64");
    expect(areIn(text)).toBe(true);
    expect(text.match(pattern)).toEqual([text]);
  });
});

describe("a key's private members", () => {
  it.each(["d", "p", "q", "dp", "dq", "qi", "k"])("are secrets: %s", (member) => {
    const jwk = { kty: member === "k" ? "oct" : "RSA", [member]: "c29tZSBieXRlcyB0aGF0IG5vYm9keSBzZWVz" };
    expect(findSecrets(jwk)).toEqual([expect.objectContaining({ pointer: `/${member}` })]);
  });
});
