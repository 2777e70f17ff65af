import { describe, expect, it } from "vitest";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import { drawFrom } from "./samples/draw.ts";
import { INNOCENT_FORMS } from "./samples/innocents.ts";
import { SECRET_FORMS } from "./samples/secrets.ts";

/** Each form is drawn from as many seeds. */
const SEEDS = [1, 2, 3, 4];

function drawn(forms: readonly (readonly [string, (draw: ReturnType<typeof drawFrom>) => unknown])[]) {
  return forms.flatMap(([kind, make], form) =>
    SEEDS.map((seed) => ({ kind, seed, document: make(drawFrom(seed * 1_000 + form)) })),
  );
}

describe("rates over samples in the forms that issuers document", () => {
  it("has at least 200 samples that hold a secret, and misses none", () => {
    const samples = drawn(SECRET_FORMS);
    expect(samples.length).toBeGreaterThanOrEqual(200);
    const missed = samples.filter(({ document }) => findSecrets(document).length === 0);
    expect(missed.map(({ kind, seed }) => `${kind}, seed ${seed}`)).toEqual([]);
  });

  it("has at least 200 samples that hold none, and raises no alarm", () => {
    const samples = drawn(INNOCENT_FORMS);
    expect(samples.length).toBeGreaterThanOrEqual(200);
    const alarms = samples.flatMap(({ kind, seed, document }) =>
      findSecrets(document).map(({ rule, pointer }) => `${kind}, seed ${seed}: ${rule} at ${pointer}`),
    );
    expect(alarms).toEqual([]);
  });

  it("finds the same secrets in the text of a log line", () => {
    const missed = drawn(SECRET_FORMS).filter(({ document }) => {
      const line = typeof document === "string" ? document : JSON.stringify(document);
      return findSecrets({ message: `the program printed: ${line}` }).length === 0;
    });
    // These are known by what stands beside them in a document: the other members, the option before, the name of the pair.
    const kinds = ["JSON Web Key", "password on a command line", "variable of a container"];
    expect([...new Set(missed.map(({ kind }) => kind))]).toEqual(kinds);
  });
});
