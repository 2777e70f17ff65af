import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type HostFileSystem,
  openRoot,
  type RootFolder,
  type Walk,
} from "../../../shared/recompiler/runtime/root-folder.ts";

let folder: string;
let root: string;

const at = (...parts: string[]) => path.join(folder, ...parts);
const SECRET = "a secret outside";

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), "restep-root-")));
  root = at("root");
  fs.mkdirSync(at("root", "a", "b"), { recursive: true });
  fs.mkdirSync(at("outside", "b"), { recursive: true });
  fs.writeFileSync(at("root", "a", "b", "file"), "inside");
  fs.writeFileSync(at("root", "a", "other"), "another");
  fs.writeFileSync(at("outside", "b", "file"), SECRET);
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC } = fs.constants;

function readAt(opened: RootFolder, ...parts: string[]): string {
  const descriptor = opened.open(parts, O_RDONLY, 0);
  try {
    return fs.readFileSync(descriptor, "utf8");
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What this process has open in a folder; of others that it has open some may be closed at any moment. */
function openBelow(parent: string): string[] {
  const links = fs.readdirSync("/proc/self/fd").map((each) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${each}`);
    } catch {
      return "";
    }
  });
  return links.filter((link) => link.startsWith(parent)).sort();
}

const WALKS: readonly Walk[] = process.platform === "linux" ? ["descriptors", "paths"] : ["paths"];

describe.each(WALKS)("a root walked by %s", (walk) => {
  it("gives what lies in it, by any path that stays in it", () => {
    const opened = openRoot(root, walk);
    expect(readAt(opened, "a", "b", "file")).toBe("inside");
    expect(readAt(opened, "a", ".", "b", "..", "b", "file")).toBe("inside");
    expect(opened.statusOf(["a", "b", "file"]).size).toBe(6n);
    expect(opened.statusOf([]).isDirectory()).toBe(true);
    expect(opened.partsOf(at("root", "a", "b"))).toEqual(["a", "b"]);
    expect(opened.partsOf(root)).toEqual([]);
    expect(opened.partsOf(at("rootless"))).toBeUndefined();
    expect(opened.partsOf(at("outside", "b"))).toBeUndefined();
  });

  it("follows links that stay in it", () => {
    fs.symlinkSync("b/file", at("root", "a", "near"));
    fs.symlinkSync("../a/b", at("root", "a", "around"));
    fs.symlinkSync(at("root", "a"), at("root", "whole"));
    const opened = openRoot(root, walk);
    expect(readAt(opened, "a", "near")).toBe("inside");
    expect(readAt(opened, "a", "around", "file")).toBe("inside");
    expect(readAt(opened, "whole", "near")).toBe("inside");
    expect(opened.statusOf(["whole", "near"]).size).toBe(6n);
  });

  it.each([
    ["up", "../outside/b/file"],
    ["up from below", "b/../../../outside/b/file"],
    ["to an absolute path", () => at("outside", "b", "file")],
    ["to the folder above", "../.."],
  ])("follows no link %s out of it", (_, target) => {
    fs.symlinkSync(typeof target === "string" ? target : target(), at("root", "a", "link"));
    const opened = openRoot(root, walk);
    expect(() => readAt(opened, "a", "link")).toThrow(/EACCES|ENOENT/);
    expect(() => readAt(opened, "a", "link", "b", "file")).toThrow(/EACCES|ENOENT/);
    expect(() => opened.statusOf(["a", "link"])).toThrow(/EACCES|ENOENT/);
    expect(() => readAt(opened, "..", "outside", "b", "file")).toThrow("EACCES");
  });

  it("gives links up that lead nowhere or in a circle", () => {
    fs.symlinkSync("circle", at("root", "circle"));
    fs.symlinkSync("nothing", at("root", "dangling"));
    const opened = openRoot(root, walk);
    expect(() => readAt(opened, "circle")).toThrow("ELOOP");
    expect(() => readAt(opened, "dangling")).toThrow("ENOENT");
    expect(() => readAt(opened, "a", "b", "file", "x")).toThrow(/ENOTDIR/);
  });

  it("makes, cuts and removes files, and removes a link instead of what it leads to", () => {
    const opened = openRoot(root, walk);
    fs.closeSync(opened.open(["a", "new"], O_WRONLY | O_CREAT | O_TRUNC, 0o644));
    expect(fs.existsSync(at("root", "a", "new"))).toBe(true);
    expect(() => opened.open(["a", "new"], O_WRONLY | O_CREAT | O_EXCL, 0o644)).toThrow("EEXIST");
    fs.closeSync(opened.open(["a", "other"], O_RDWR | O_TRUNC, 0));
    expect(fs.readFileSync(at("root", "a", "other"), "utf8")).toBe("");
    fs.symlinkSync("b/file", at("root", "a", "near"));
    opened.remove(["a", "near"]);
    opened.remove(["a", "new"]);
    expect(fs.readdirSync(at("root", "a")).sort()).toEqual(["b", "other"]);
    expect(readAt(opened, "a", "b", "file")).toBe("inside");
  });

  it("leaves no descriptor open but the root's", () => {
    if (!fs.existsSync("/proc/self/fd")) return;
    const opened = openRoot(root, walk);
    const before = openBelow(root);
    readAt(opened, "a", "b", "..", "b", "file");
    opened.statusOf(["a", "b"]);
    expect(() => readAt(opened, "a", "missing", "file")).toThrow("ENOENT");
    expect(() => readAt(opened, "a", "b", "..", "..", "..", "x")).toThrow("EACCES");
    expect(before.length).toBeLessThanOrEqual(1);
    expect(openBelow(root)).toEqual(before);
  });
});

/** What somebody does to the tree at a moment: a folder or file in it is exchanged for a link out of it, and perhaps back. */
const EXCHANGES = {
  "a folder": () => {
    fs.renameSync(at("root", "a", "b"), at("kept"));
    fs.symlinkSync(at("outside", "b"), at("root", "a", "b"));
  },
  "the folder above": () => {
    fs.renameSync(at("root", "a"), at("kept"));
    fs.symlinkSync(at("outside"), at("root", "a"));
  },
  "the file": () => {
    fs.renameSync(at("root", "a", "b", "file"), at("kept"));
    fs.symlinkSync(at("outside", "b", "file"), at("root", "a", "b", "file"));
  },
  "the root": () => {
    fs.renameSync(root, at("kept"));
    fs.symlinkSync(folder, root);
    fs.symlinkSync(at("outside"), at("a"));
  },
};

const untouched: HostFileSystem = fs;

/** Makes the exchange before the Nth call of the host's file system. */
function exchangingBefore(call: number, exchange: () => void): { system: HostFileSystem; calls: () => number } {
  let count = 0;
  const counted = (name: keyof HostFileSystem) => [
    name,
    (...args: unknown[]) => {
      if (++count === call) exchange();
      return (untouched[name] as (...args: unknown[]) => unknown)(...args);
    },
  ];
  const names = [
    "openSync",
    "closeSync",
    "fstatSync",
    "ftruncateSync",
    "lstatSync",
    "readlinkSync",
    "realpathSync",
    "unlinkSync",
  ] as const;
  return { system: Object.fromEntries(names.map(counted)) as unknown as HostFileSystem, calls: () => count };
}

describe.each(
  WALKS.flatMap((walk) => Object.entries(EXCHANGES).map(([name, exchange]) => [walk, name, exchange] as const)),
)("whoever exchanges, while the root is walked by %s, %s for a link", (walk, _, exchange) => {
  const fresh = () => {
    fs.rmSync(folder, { recursive: true });
    fs.mkdirSync(at("root", "a", "b"), { recursive: true });
    fs.mkdirSync(at("outside", "b"), { recursive: true });
    fs.writeFileSync(at("root", "a", "b", "file"), "inside");
    fs.writeFileSync(at("outside", "b", "file"), SECRET);
  };
  /** Tries it with the exchange before each call in turn, until there are no more calls. */
  const atEveryMoment = (use: (opened: RootFolder) => void) => {
    for (let call = 3; ; call++) {
      fresh();
      const { system, calls } = exchangingBefore(call, exchange);
      const opened = openRoot(root, walk, system);
      try {
        use(opened);
      } catch (error) {
        expect(String(error)).toMatch(/EACCES|ELOOP|ENOENT|ENOTDIR/);
      }
      expect(fs.readFileSync(at("outside", "b", "file"), "utf8")).toBe(SECRET);
      if (calls() < call) return call;
    }
  };

  it("reads nothing outside", () => {
    const moments = atEveryMoment((opened) => expect(readAt(opened, "a", "b", "file")).toBe("inside"));
    expect(moments).toBeGreaterThan(5);
  });

  it("writes and cuts nothing outside", () => {
    atEveryMoment((opened) => {
      const descriptor = opened.open(["a", "b", "file"], O_WRONLY | O_TRUNC, 0);
      fs.writeSync(descriptor, "changed");
      fs.closeSync(descriptor);
    });
  });

  it("learns nothing of what is outside", () => {
    atEveryMoment((opened) => expect(opened.statusOf(["a", "b", "file"]).size).toBe(6n));
  });
});

it.runIf(process.platform === "linux")("nothing is made or removed outside where paths begin at open folders", () => {
  for (let call = 3; call < 12; call++) {
    fs.rmSync(folder, { recursive: true });
    fs.mkdirSync(at("root", "a", "b"), { recursive: true });
    fs.mkdirSync(at("outside", "b"), { recursive: true });
    fs.writeFileSync(at("outside", "b", "file"), SECRET);
    const { system } = exchangingBefore(call, EXCHANGES["a folder"]);
    const opened = openRoot(root, "descriptors", system);
    for (const act of [
      () => fs.closeSync(opened.open(["a", "b", "new"], O_WRONLY | O_CREAT, 0o644)),
      () => opened.remove(["a", "b", "file"]),
    ]) {
      try {
        act();
      } catch (error) {
        expect(String(error)).toMatch(/EACCES|ELOOP|ENOENT|ENOTDIR/);
      }
    }
    expect(fs.readdirSync(at("outside", "b"))).toEqual(["file"]);
  }
});
