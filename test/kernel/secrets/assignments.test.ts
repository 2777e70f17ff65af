import { describe, expect, it } from "vitest";
import { assignedSecrets } from "../../../shared/kernel/secrets/assignments.ts";
import { collectedSpans } from "../../../shared/kernel/secrets/collected.ts";

const SECRET = "q7ZkX9!vB2";
const assigned = (text: string) => assignedSecrets(text).map(({ name, start, end }) => [name, text.slice(start, end)]);

describe("a value that a text assigns to a telling name", () => {
  it.each<[string, string, string]>([
    ["after an equals sign", `a=1 password=${SECRET} b=2`, SECRET],
    ["after a colon", `password: ${SECRET}`, SECRET],
    ["in quotes, spaces and all", `{"password": "${SECRET} and more"}`, `${SECRET} and more`],
    ["in quotes that are not closed", `password='${SECRET} and`, SECRET],
    ["after an arrow", `password => ${SECRET}`, SECRET],
    ["in a query", `https://a.example/?x=1&password=${SECRET}&y=2`, SECRET],
    ["as an option", `tool --password ${SECRET} --verbose`, SECRET],
    ["as an option of many dashes", `tool ----password ${SECRET}`, SECRET],
    ["without the bracket that closes", `f(password=${SECRET})`, SECRET],
    ["without the comma behind it", `password=${SECRET}, next`, SECRET],
    ["up to the end of its tag", `password=${SECRET}<br>`, SECRET],
    ["behind up to six signs", `password${" ".repeat(6)}=${SECRET}`, SECRET],
    ["behind up to eight blanks", `password=${" ".repeat(8)}${SECRET}`, SECRET],
  ])("is found %s", (_, text, value) => {
    expect(assigned(text)).toEqual([["password", value]]);
  });

  it("is that of the whole name, digits and all", () => {
    expect(assigned(`db2_password_3=${SECRET}`)).toEqual([["db2_password_3", SECRET]]);
    expect(assigned(`tool --password9 ${SECRET}`)).toEqual([["password9", SECRET]]);
  });

  it("of a header is the rest of its line", () => {
    const text = `GET /\r\nAuthorization: Digest a=${SECRET}, b=c d\r\nHost: a`;
    expect(assigned(text)).toContainEqual(["Authorization", `Digest a=${SECRET}, b=c d`]);
    expect(assigned(`session: ${SECRET} d`)).toEqual([["session", SECRET]]);
  });

  it.each([
    ["behind more signs than a syntax has", `password${" ".repeat(7)}=${SECRET}`],
    ["behind more blanks than a syntax has", `password=${" ".repeat(9)}${SECRET}`],
    ["of a name that says nothing", `word=${SECRET} no: ${SECRET}`],
    ["of a name of two characters", `pw=${SECRET}`],
    ["in an ARN", `arn:aws:secretsmanager:us-east-1:123456789012:secret:${SECRET}`],
    ["that is a word", "password=elsewhere"],
    ["that is not there", "password="],
    ["of an option without one", "--password"],
    ["of an option that another follows", "tool --password=--token"],
  ])("is none %s", (_, text) => {
    expect(assigned(text)).toEqual([]);
  });

  it("is looked for inside another one twice, and found beside it again", () => {
    const inner = [1, 2, 3, 4].map((n) => `token=${n}${SECRET}`).join("|");
    const found = assigned(`password=${inner} token=5${SECRET}`).map(([name]) => name);
    expect(found).toEqual(["password", "token", "token", "token"]);
    expect(assigned(`password=${inner} token=5${SECRET}`).at(-1)).toEqual(["token", `5${SECRET}`]);
  });
});

describe("what a rule of the collection finds", () => {
  const found = (text: string) => collectedSpans(text).map(({ rule, start, end }) => [rule, text.slice(start, end)]);

  it("is the secret alone, whatever it is known by", () => {
    expect(found(`run curl -u ann:${SECRET} https://a.example`)).toEqual([["curl-user", `ann:${SECRET}`]]);
    expect(found(`machine a.example login ann password ${SECRET}\n`)).toEqual([["netrc-password", SECRET]]);
  });

  it("is all that its pattern describes where that has no groups", () => {
    const token = `doo_v1_${"0123456789abcdef".repeat(4)}`;
    expect(found(`with ${token} there`)).toEqual([["digitalocean-access-token", token]]);
    const clojars = `CLOJARS_${"a1B2c3D4e5".repeat(6)}`;
    expect(found(`with ${clojars} there`)).toEqual([["clojars-api-token", clojars]]);
  });
});
