import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArtifactRef, artifactId, artifactRef, OpId, OpPath, RunId, StateId } from "../../shared/contracts/ids.ts";

const segment = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/);

describe("identifiers", () => {
  const good: [string, { safeParse(value: unknown): { success: boolean } }, string][] = [
    ["op id", OpId, "keystore_list"],
    ["op id of 63 characters", OpId, `a${"0".repeat(62)}`],
    ["op path", OpPath, "run_lifecycle.lift"],
    ["state id", StateId, "portfolio_snapshot.fetch_balances.read_eth"],
    ["run id", RunId, "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11"],
    ["artifact ref", ArtifactRef, `artifact://${"ab".repeat(32)}`],
  ];
  it.each(good)("accepts a good %s", (_name, schema, value) => {
    expect(schema.safeParse(value).success).toBe(true);
  });

  const bad: [string, { safeParse(value: unknown): { success: boolean } }, string][] = [
    ["an empty op id", OpId, ""],
    ["an op id that starts with a digit", OpId, "1a"],
    ["an op id of 64 characters", OpId, `a${"0".repeat(63)}`],
    ["an op id with a capital", OpId, "Lift"],
    ["an op path of one segment", OpPath, "lift"],
    ["a state id of two segments", StateId, "run.lift"],
    ["a state id of four segments", StateId, "a.b.c.d"],
    ["a run id in capitals", RunId, "6F0A3F0E-6F3B-4D0E-9A52-5B1B7F6F2C11"],
    ["an artifact ref with capitals", ArtifactRef, `artifact://${"AB".repeat(32)}`],
    ["an artifact ref that is too short", ArtifactRef, "artifact://abcd"],
    ["an artifact ref with a newline", ArtifactRef, `artifact://${"ab".repeat(32)}\n`],
  ];
  it.each(bad)("rejects %s", (_name, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });

  it("builds state ids from any three segments and from nothing else", () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        expect(StateId.safeParse(segments.join(".")).success).toBe(segments.length === 3);
      }),
    );
  });

  it("turns an artifact id into a reference and back", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), (digits) => {
        expect(artifactId(artifactRef(digits as never))).toBe(digits);
      }),
    );
  });
});
