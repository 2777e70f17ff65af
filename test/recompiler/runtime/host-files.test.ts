import { execFileSync, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostFiles } from "../../../shared/recompiler/runtime/host-files.ts";
import type { Files, OpenOptions } from "../../../shared/recompiler/runtime/ports.ts";

let folder = "";
let root = "";
let outside = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "restep-files-"));
  root = path.join(folder, "root");
  mkdirSync(path.join(root, "inner"), { recursive: true });
  writeFileSync(path.join(root, "inner", "in.txt"), "0123456789");
  outside = path.join(folder, "outside.txt");
  writeFileSync(outside, "secret");
  symlinkSync(outside, path.join(root, "link"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const READ: OpenOptions = {
  isReadable: true,
  isWritable: false,
  creates: false,
  isExclusive: false,
  truncates: false,
  appends: false,
  mode: 0o644,
};
const WRITE: OpenOptions = { ...READ, isReadable: false, isWritable: true, creates: true, truncates: true };

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("files of the host", () => {
  it("opens below the root for reading", () => {
    const file = hostFiles({ root }).open(path.join(root, "inner", "in.txt"), READ);
    expect(textOf(file.read(4))).toBe("0123");
    expect(file.seek(-3, "end")).toBe(7);
    expect(textOf(file.read(100))).toBe("789");
    expect(file.read(1)).toHaveLength(0);
    expect(file.status()).toMatchObject({ kind: "regular", size: 10 });
    expect(() => file.seek(-1, "start")).toThrow("EINVAL");
    file.close();
  });

  it("opens what an argument names, alone or behind an equals sign, for reading only", () => {
    const files = hostFiles({ args: ["-v", outside] });
    expect(textOf(files.open(outside, READ).read(9))).toBe("secret");
    expect(
      textOf(
        hostFiles({ args: [`--in=${outside}`] })
          .open(outside, READ)
          .read(9),
      ),
    ).toBe("secret");
    expect(files.statusOf(outside).size).toBe(6);
    expect(() => files.open(outside, WRITE)).toThrow("EROFS");
    expect(() => files.remove(outside)).toThrow("EROFS");
    expect(textOf(readFileSync(outside))).toBe("secret");
  });

  it.each<[string, () => string, string]>([
    ["a file nobody named", () => outside, "EACCES"],
    ["a way out of the root", () => path.join(root, "..", "outside.txt"), "EACCES"],
    ["a link out of the root", () => path.join(root, "link"), "EACCES"],
    ["a file that is not there", () => path.join(root, "missing"), "ENOENT"],
    ["a folder that is not there", () => path.join(root, "missing", "file"), "ENOENT"],
    ["a path through a file", () => path.join(root, "inner", "in.txt", "x"), "ENOTDIR"],
    ["no path at all", () => hostFiles({ root }).resolve(root, ""), "ENOENT"],
  ])("refuses %s", (_, pathOf, errno) => {
    expect(() => hostFiles({ root, args: ["x"] }).open(pathOf(), READ)).toThrow(errno);
  });

  it("writes below a writable root, and nowhere else", () => {
    const file = path.join(root, "new.txt");
    expect(() => hostFiles({ root }).open(file, WRITE)).toThrow("EROFS");
    const files = hostFiles({ root, isRootWritable: true });
    const created = files.open(file, WRITE);
    created.write(Buffer.from("hello world"));
    created.seek(6, "start");
    created.write(Buffer.from("there"));
    created.truncate(9);
    created.close();
    const appended = files.open(file, { ...WRITE, truncates: false, appends: true });
    appended.write(Buffer.from("!"));
    appended.close();
    expect(textOf(readFileSync(file))).toBe("hello the!");
    expect(() => files.open(file, { ...WRITE, isExclusive: true })).toThrow("EEXIST");
    expect(() => files.open(path.join(root, "link"), WRITE)).toThrow("EACCES");
    files.remove(file);
    expect(() => files.statusOf(file)).toThrow("ENOENT");
  });

  // biome-ignore format: a table, one row a case
  it.each<[string, string, Partial<OpenOptions>, string]>([
    ["writing a file",                     "inner/in.txt",  { isWritable: true },                  "EROFS"],
    ["cutting a file",                     "inner/in.txt",  { truncates: true },                   "EROFS"],
    ["writing a folder",                   "inner",         { isWritable: true },                  "EISDIR"],
    ["making a file",                      "inner/new",     { creates: true },                     "EROFS"],
    ["making a file in no folder",         "missing/new",   { creates: true },                     "ENOENT"],
    ["making what is there",               "inner/in.txt",  { creates: true, isExclusive: true },  "EEXIST"],
    ["writing what is not there",          "inner/new",     { isWritable: true },                  "ENOENT"],
  ])("answers %s below a root for reading as a file system mounted so does", (_, name, options, errno) => {
    expect(() => hostFiles({ root }).open(path.join(root, name), { ...READ, ...options })).toThrow(errno);
  });

  it("opens what is there for reading, though it might have been made", () => {
    const file = hostFiles({ root }).open(path.join(root, "inner", "in.txt"), { ...READ, creates: true });
    expect(textOf(file.read(3))).toBe("012");
    file.close();
  });

  /** What changes names, at a place that is given. */
  const changes: Readonly<Record<string, (files: Files, at: string) => void>> = {
    makeFolder: (files, at) => files.makeFolder(at, 0o755),
    removeFolder: (files, at) => files.removeFolder(at),
    makeLink: (files, at) => files.makeLink("anywhere", at),
    "addName to": (files, at) => files.addName(path.join(root, "inner", "in.txt"), at),
    "addName of": (files, at) => files.addName(at, path.join(root, "second")),
    "rename to": (files, at) => files.rename(path.join(root, "inner", "in.txt"), at),
    "rename of": (files, at) => files.rename(at, path.join(root, "second")),
    remove: (files, at) => files.remove(at),
    mode: (files, at) => files.change(at, { mode: 0o600 }, true),
    times: (files, at) => files.change(at, { times: { accessedAt: 0n, modifiedAt: 0n } }, true),
  };

  it.each(Object.keys(changes))("lets %s not out of the root", (name) => {
    const way = path.join(root, "way");
    symlinkSync(folder, way);
    try {
      const before = statSync(outside);
      const files = hostFiles({ root, isRootWritable: true });
      for (const at of [outside, path.join(way, "outside.txt"), `${root}/inner/../../outside.txt`, `${way}/new`]) {
        expect(() => changes[name]!(files, at)).toThrow("EACCES");
      }
      expect(statSync(outside)).toEqual({ ...before, atimeMs: expect.any(Number), atime: expect.any(Date) });
      expect(readdirSync(folder)).not.toContain("new");
      expect(() => files.open(way, READ)).toThrow("EACCES");
    } finally {
      rmSync(way);
    }
  });

  it.each(Object.keys(changes).filter((name) => name !== "addName of"))(
    "refuses %s where only reading is granted",
    (name) => {
      const at = path.join(root, /^(make|.* to$)/.test(name) ? "new" : "inner/in.txt");
      expect(() => changes[name]!(hostFiles({ root }), at)).toThrow("EROFS");
    },
  );

  it("takes `..` behind a link from where the link leads", () => {
    const deep = path.join(root, "deep");
    mkdirSync(path.join(deep, "a"), { recursive: true });
    writeFileSync(path.join(deep, "beside"), "beside");
    symlinkSync("deep/a", path.join(root, "short"));
    try {
      expect(hostFiles({ root }).statusOf(`${root}/short/../beside`).size).toBe(6);
      expect(() => hostFiles({ root }).statusOf(`${root}/short/../../../outside.txt`)).toThrow("EACCES");
      expect(hostFiles({ root }).statusOf(`${root}/../root/short`, false).kind).toBe("symbolic_link");
    } finally {
      rmSync(path.join(root, "short"));
      rmSync(deep, { recursive: true });
    }
  });

  it("tells of the folders above the root that they are there, and nothing else of them", () => {
    const files = hostFiles({ root });
    for (const above of [folder, `${root}/..`, "/"]) {
      expect(files.statusOf(above)).toMatchObject({ kind: "directory", mode: 0o111, modifiedAt: 0n });
      expect(() => files.open(above, READ)).toThrow("EACCES");
    }
    expect(() => files.statusOf(path.join(folder, "outside.txt"))).toThrow("EACCES");
    expect(() => files.statusOf(path.join(folder, "nothing"))).toThrow("EACCES");
    expect(() => hostFiles().statusOf("/")).toThrow("EACCES");
  });

  it("lists folders below the root, and none that an argument names", () => {
    const names = (files: Files, at: string) =>
      files
        .open(at, READ)
        .list?.()
        .map(({ name, kind }) => [name, kind]);
    expect(names(hostFiles({ root }), root)).toEqual([
      ["inner", "directory"],
      ["link", "symbolic_link"],
    ]);
    expect(() => names(hostFiles({ args: [root] }), root)).toThrow("EACCES");
  });

  it("tells where nothing may be written", () => {
    const inside = path.join(root, "inner", "in.txt");
    expect(hostFiles({ root }).statusOf(inside).isReadOnly).toBe(true);
    expect(hostFiles({ args: [inside] }).statusOf(inside).isReadOnly).toBe(true);
    expect(hostFiles({ root, isRootWritable: true }).statusOf(inside).isReadOnly).toBe(false);
  });

  it("reads a named pipe to its end, and cannot seek in it", () => {
    const pipe = path.join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    spawn("sh", ["-c", 'printf "abc" > "$0"', pipe]);
    const file = hostFiles({ args: [pipe] }).open(pipe, READ);
    expect(() => file.seek(0, "start")).toThrow("ESPIPE");
    expect(textOf(file.read(10)) + textOf(file.read(10))).toBe("abc");
    file.close();
  });
});
