import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { nextCommand } from "../../scripts/cli/context.ts";
import { readEnvironment } from "../../scripts/cli/environment.ts";
import {
  asTypedHere,
  commandName,
  optionsLostToNpm,
  optionsSharedWithNpm,
  storeOption,
} from "../../scripts/cli/invocation.ts";
import { main } from "../../scripts/cli/main.ts";
import { defaultStore } from "../../scripts/cli/store-place.ts";

describe("how this program is started again", () => {
  it.each([
    ["/home/me/project/node_modules/.bin/restep", "npx restep"],
    ["/home/me/.npm/_npx/0a1b/node_modules/.bin/restep", "npx restep"],
    ["/home/me/project/node_modules/restep/dist/scripts/restep.js", "npx restep"],
    ["/usr/local/bin/restep", "restep"],
  ])("%s is typed as %s", (script, typed) => {
    expect(commandName(script, false)).toBe(typed);
  });

  it("is npm's script in a checkout, with the folder where it is none of those that npm looks in", () => {
    const here = join(process.cwd(), "dist", "scripts", "restep.js");
    expect(commandName(here, true)).toBe("npm run -s restep --");
    const cwd = vi.spyOn(process, "cwd");
    cwd.mockReturnValue(join(process.cwd(), "examples", "sha256"));
    expect(commandName(here, true)).toBe("npm run -s restep --");
    cwd.mockReturnValue("/home/me");
    expect(commandName("/home/me too/dist/scripts/restep.js", true)).toBe(
      "npm --prefix '/home/me too' run -s restep --",
    );
    cwd.mockRestore();
  });

  it("is the file itself where Node.js was given it", () => {
    const cwd = vi.spyOn(process, "cwd").mockReturnValue("/home/me");
    expect(commandName("/home/me/restep/dist/scripts/restep.js", false)).toBe("node restep/dist/scripts/restep.js");
    cwd.mockRestore();
  });

  it.each([
    [{ store: ".restep", isStoreGiven: false }, ["resume", "7a"], "restep resume 7a"],
    [{ store: "st", isStoreGiven: true }, ["resume", "7a"], "restep resume 7a --store st"],
    [{ store: "my runs", isStoreGiven: true }, ["resume", "7a"], "restep resume 7a --store 'my runs'"],
    [{ store: "it's", isStoreGiven: true }, ["resume", "7a"], "restep resume 7a --store 'it'\\''s'"],
    [{ store: "s3://b", isStoreGiven: true, isCloud: true }, ["resume", "7a"], "restep resume 7a --cloud"],
    [{ store: "st", isStoreGiven: true }, ["exec", "7a", "--", "<args>"], "restep exec 7a --store st -- <args>"],
  ])("for the same store: %o", (options, words, typed) => {
    const argv = vi.spyOn(process, "argv", "get").mockReturnValue(["node", "/usr/local/bin/restep"]);
    expect(nextCommand({ ...options, json: false, asFound: false }, ...words)).toBe(typed);
    argv.mockRestore();
  });
});

describe("a command in a message", () => {
  it.each<[message: string, store: string | undefined, typed: string]>([
    ["see `restep summary 7a`", undefined, "see `npx restep summary 7a`"],
    [
      "see `restep summary 7a`; `restep list`",
      "st",
      "see `npx restep summary 7a --store st`; `npx restep list --store st`",
    ],
    ["`restep verify 7a`", "my runs", "`npx restep verify 7a --store 'my runs'`"],
    ["as `restep pack` writes it", "st", "as `npx restep pack` writes it"],
    ["restep: no command", "st", "restep: no command"],
  ])("is one to paste here: %s, store %s", (message, store, typed) => {
    const argv = vi.spyOn(process, "argv", "get").mockReturnValue(["node", "/p/node_modules/.bin/restep"]);
    expect(asTypedHere(message, store === undefined ? [] : storeOption(store))).toBe(typed);
    argv.mockRestore();
  });
});

describe("options that npm keeps for itself", () => {
  const ours = ["store", "new", "on-signal", "json"];
  const environment = (script: string | undefined, ...taken: string[]) =>
    readEnvironment({
      ...(script === undefined ? {} : { npm_lifecycle_event: script }),
      ...Object.fromEntries(taken.map((name) => [`npm_config_${name}`, "true"])),
    });

  it("are found, by their own names", () => {
    expect(optionsLostToNpm(environment("local", "store", "on_signal", "cache"), ours)).toEqual(["store", "on-signal"]);
  });

  it("are none where npm does not run this program, or has an option of that name", () => {
    expect(optionsLostToNpm(environment(undefined, "store"), ours)).toEqual([]);
    expect(optionsLostToNpm(environment("test", "store"), ours)).toEqual([]);
    expect(optionsLostToNpm(environment("restep", "json"), ours)).toEqual([]);
  });
});

describe("options that npm and a verb both have", () => {
  const npm = { npm_lifecycle_event: "restep", npm_config_json: "true", npm_config_dry_run: "true" };
  it.each([
    [npm, ["json"], ["list"], ["json"]],
    [npm, ["json", "dry-run"], ["gc"], ["json", "dry-run"]],
    [npm, ["json"], ["list", "--json"], []],
    [npm, ["json"], ["exec", "7a", "--", "--json"], ["json"]],
    [{ ...npm, npm_lifecycle_event: "test" }, ["json"], ["list"], []],
    [{ npm_lifecycle_event: "restep" }, ["json"], ["list"], []],
  ])("%o, %o, %o: kept are %o", (variables, ours, words, kept) => {
    expect(optionsSharedWithNpm(readEnvironment(variables), ours, words)).toEqual(kept);
  });

  it("a dry run that npm kept is refused, JSON that it kept comes", async () => {
    let said = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      said += text;
      return true;
    });
    const environment = readEnvironment({ ...npm, RESTEP_STORE: "/nowhere/at/all" });
    expect(await main(["gc"], environment)).toBe(2);
    expect(said).toContain(
      "restep: npm kept --dry-run for itself, or its configuration has it; write -- before the verb",
    );
    said = "";
    expect(await main(["list"], environment)).toBe(2);
    expect(JSON.parse(said)).toMatchObject({ error: { name: "NotFoundError" } });
    vi.restoreAllMocks();
  });
});

describe("the store that nobody names", () => {
  const stores = (...there: string[]) => {
    const paths = there.map((path) => join("/home/me", path));
    return (path: string) => paths.includes(path);
  };

  it("is the nearest one, in this folder or above it", () => {
    const isStore = stores(".restep", "games/.restep");
    expect(defaultStore("/home/me/games", undefined, isStore)).toBe(".restep");
    expect(defaultStore("/home/me/games/n64/src", undefined, isStore)).toBe(join("..", "..", ".restep"));
    expect(defaultStore("/home/me/other", undefined, isStore)).toBe(join("..", ".restep"));
  });

  it("is a new one here where there is none", () => {
    expect(defaultStore("/home/me/games", undefined, () => false)).toBe(".restep");
  });

  it("is that of RESTEP_STORE where that is set to something", () => {
    const isStore = stores(".restep");
    expect(defaultStore("/home/me", readEnvironment({ RESTEP_STORE: "file:/data" }).store, isStore)).toBe("file:/data");
    expect(defaultStore("/home/me", readEnvironment({ RESTEP_STORE: "" }).store, isStore)).toBe(".restep");
  });
});
