import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseKinds } from "../../../shared/stores/filesystem/kinds-as-found.ts";
import { ARTIFACT_KINDS } from "../../../shared/stores/ports.ts";
import { kindEntry } from "./forged-run.ts";

const entries = fc.array(
  fc
    .tuple(fc.constantFrom("0", "7", "c"), fc.constantFrom(...ARTIFACT_KINDS))
    .map(([digit, kind]) => kindEntry(digit.repeat(64), kind)),
  { minLength: 1, maxLength: 5 },
);

describe("the index of kinds", () => {
  it("has nothing to report of what stores write, however often an entry is there", () => {
    fc.assert(
      fc.property(entries, (written) => {
        expect(parseKinds(written.join("")).damaged).toEqual([]);
      }),
    );
  });

  it("is damaged when any one byte is another, wherever, also in an entry that is there twice", () => {
    const text = [kindEntry("a".repeat(64), "output"), kindEntry("a".repeat(64), "output")].join("");
    for (let at = 0; at < text.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        if (byte === text.charCodeAt(at)) continue;
        const changed = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        if (parseKinds(changed).damaged.length === 0) expect.fail(`byte ${at} became ${byte}, and nobody noticed`);
      }
    }
  });

  it("is damaged when it lacks bytes at its end", () => {
    const text = kindEntry("a".repeat(64), "output").repeat(2);
    const whole = [0, text.length / 2, text.length];
    for (let length = 0; length <= text.length; length += 1) {
      const { damaged } = parseKinds(text.slice(0, length));
      expect({ length, isWhole: damaged.length === 0 }).toEqual({ length, isWhole: whole.includes(length) });
    }
  });

  it("is not damaged by an entry that a crash tore, once another stands behind it", () => {
    const torn = kindEntry("a".repeat(64), "output");
    const next = kindEntry("b".repeat(64), "manifest");
    for (let length = 2; length < torn.length; length += 1) {
      expect({ length, damaged: parseKinds(torn.slice(0, length) + next).damaged }).toEqual({ length, damaged: [] });
    }
  });
});
