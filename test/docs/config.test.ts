import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configPage } from "../../scripts/docs/config-page.ts";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import { flowFor } from "../../shared/stages/flows.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const page = readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
const shown = [...page.matchAll(/^\| [^|]+ \| `(\{"schema_version":1,.*\})` \|$/gm)].map((match) => match[1]!);

describe("the page of the config manifest", () => {
  it("is the one that follows from the schema", () => {
    expect(page).toBe(configPage());
  });

  it("has a row for each key of the schema, down to those in lists", () => {
    for (const key of [
      "include",
      "stubs[].returns",
      "run.gates.manual",
      "run.exec.allow[].sha256",
      "run.http.timeout_ms",
    ])
      expect(page).toContain(`\n| \`${key}\` | `);
  });

  it("shows configs that runs can be planned with", () => {
    const inReadme = [...readme.matchAll(/`(\{"[^`]*\})`/g)].map((match) => match[1]!);
    expect(shown.length).toBeGreaterThan(4);
    expect(inReadme.length).toBeGreaterThan(0);
    for (const text of [...shown, ...inReadme]) {
      const config = ConfigManifest.parse(JSON.parse(text));
      expect(() => planFlow(flowFor(config), config.run)).not.toThrow();
    }
  });
});
