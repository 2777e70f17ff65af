/** Reads the file in which a person gives functions and hooks: JavaScript, or WebAssembly. */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { RecompilerError } from "../errors.ts";
import { type Guest, HOST_FILE_KEYS, type HostFile, type HostFunction } from "./host-functions.ts";

/** @throws RecompilerError `host_file` for what cannot be read, or exports something else */
export async function readHostFile(path: string): Promise<HostFile> {
  try {
    return path.endsWith(".wasm") ? fromWasm(path) : expectHostFile(path, await import(pathToFileURL(path).href));
  } catch (error) {
    if (error instanceof RecompilerError) throw error;
    throw new RecompilerError("host_file", `host file ${path}: ${String(error)}`, { cause: error });
  }
}

function expectHostFile(path: string, exports: Readonly<Record<string, unknown>>): HostFile {
  const fail = (where: string, expected: string): never => {
    throw new RecompilerError("host_file", `host file ${path}: ${where}: expected ${expected}`);
  };
  const file: Partial<Record<(typeof HOST_FILE_KEYS)[number], Record<string, HostFunction>>> = {};
  for (const key of HOST_FILE_KEYS) {
    const value = exports[key];
    if (value === undefined) continue;
    if (typeof value !== "object" || value === null) fail(`export ${key}`, "an object of functions by name");
    for (const [name, each] of Object.entries(value as object)) {
      if (typeof each !== "function") fail(`${key}.${name}`, "a function");
    }
    file[key] = value as Record<string, HostFunction>;
  }
  if (Object.keys(file).length === 0) fail("exports", `one of ${HOST_FILE_KEYS.join(", ")}`);
  return file;
}

/**
 * Functions that it exports are those of the same name; `before:NAME` and `after:NAME` are hooks. They take and give nothing:
 * registers are the imports `guest.a0`, ..., mutable globals, and `guest.memory` is the memory.
 */
function fromWasm(path: string): HostFile {
  const module = new WebAssembly.Module(readFileSync(path));
  let instance: WebAssembly.Instance | undefined;
  const calling =
    (name: string): HostFunction =>
    ({ imports }: Guest) => {
      instance ??= new WebAssembly.Instance(module, { guest: imports });
      (instance.exports[name] as () => void)();
      return undefined;
    };
  const file: Record<(typeof HOST_FILE_KEYS)[number], Record<string, HostFunction>> = {
    functions: {},
    before: {},
    after: {},
  };
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    if (kind !== "function") continue;
    const [, when, hooked] = /^(before|after):(.+)$/s.exec(name) ?? [];
    if (when === undefined || hooked === undefined) file.functions[name] = calling(name);
    else file[when as "before" | "after"][hooked] = calling(name);
  }
  return file;
}
