import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../shared/stores/digest.ts";
import { parseKinds } from "../../../shared/stores/filesystem/kinds-as-found.ts";

const one = sha256("one");
const two = sha256("two");
const entry = (digits: string, kind: string) => {
  const text = `${digits} ${kind}`;
  return `${text} ${crc32(text).toString(16).padStart(8, "0")}`;
};
const whole = (digits: string, kind: string) => `\n${entry(digits, kind)}\n`;

/** As plain values. */
const found = (text: string) => {
  const { kinds, damaged } = parseKinds(text);
  return { kinds: Object.fromEntries([...kinds].map(([digits, of]) => [digits, [...of]])), damaged };
};

describe("the index of kinds as it is found", () => {
  it("has every entry, several of an artifact together", () => {
    const text = whole(one, "output") + whole(two, "manifest") + whole(one, "manifest");
    expect(found(text)).toEqual({ kinds: { [one]: ["output", "manifest"], [two]: ["manifest"] }, damaged: [] });
    expect(found("")).toEqual({ kinds: {}, damaged: [] });
  });

  it("is whole where a crash tore an entry at any byte, and another was written behind it", () => {
    const torn = whole(one, "output");
    for (let length = 0; length < torn.length - 1; length += 1) {
      const { kinds, damaged } = found(torn.slice(0, length) + whole(two, "manifest"));
      const isEntry = length === torn.length - 1;
      expect({ length, damaged }).toEqual({ length, damaged: [] });
      expect(kinds[two]).toEqual(["manifest"]);
      expect(one in kinds).toBe(isEntry);
    }
  });

  it.each([
    ["a byte that is not of an entry", `x${whole(one, "output")}`, [{ line: 1, text: "x" }]],
    [
      "a changed byte in an entry",
      whole(one, "output").replace("output", "outpux") + whole(two, "manifest"),
      [{ line: 2, text: entry(one, "output").replace("output", "outpux") }],
    ],
    ["a torn entry with nothing behind it but its end", `\n${one} out\n`, [{ line: 2, text: `${one} out` }]],
    ["an entry that ends where the file does", `\n${entry(one, "output")}`, [{ line: 2, text: entry(one, "output") }]],
    [
      "words between entries",
      `${whole(one, "output")}\nhello\n${whole(two, "manifest")}`,
      [{ line: 4, text: "hello" }],
    ],
  ])("is damaged by %s, and says where", (_, text, damaged) => {
    expect(found(text).damaged).toEqual(damaged);
  });
});
