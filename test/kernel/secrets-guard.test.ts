import { describe, expect, it } from "vitest";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { declaredSecrets, variablesOf, weakSecrets } from "../../shared/kernel/secrets-guard.ts";

const config = RunConfig.parse({
  secrets: ["DB_PASSWORD", "SHORT", "UNSET", "TWIN"],
  http: { env_allowlist: ["API_TOKEN"] },
  exec: { env_allowlist: ["LANG"] },
});
const VALUES: Readonly<Record<string, string>> = {
  RESTEP_SECRET_KEY: "the key of all seals",
  DB_PASSWORD: "correct horse",
  TWIN: "correct horse",
  SHORT: "  12345  ",
  API_TOKEN: "123456",
  LANG: "C.UTF-8",
  HOME: "/root",
};
const environment = (name: string) => VALUES[name];

describe("what a run knows of its environment", () => {
  it("are the values that must not be written, each once, those too short to be kept out left out", () => {
    expect(declaredSecrets(config, environment)).toEqual(["the key of all seals", "correct horse", "123456"]);
  });

  it("are the variables whose values are too short, by name; blanks do not make them longer", () => {
    expect(weakSecrets(config, environment)).toEqual(["SHORT"]);
    expect(weakSecrets(config, () => undefined)).toEqual([]);
  });

  it("are the variables that it may read, where they are set, and no other", () => {
    const { HOME: _home, ...readable } = VALUES;
    expect(variablesOf(config, environment)).toEqual(readable);
  });
});
