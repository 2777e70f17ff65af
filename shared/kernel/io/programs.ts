import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { AllowedProgram } from "../../contracts/io-settings.ts";
import { ProgramUnusable } from "./errors.ts";

/** @returns SHA-256 of a program's file, in hexadecimal @throws {ProgramUnusable} when it is not one to start */
export type ProgramDigest = (allowed: AllowedProgram) => Promise<string>;

/** Looks at each program before it starts. A file that is as it was is not read again. */
export function createProgramDigest(): ProgramDigest {
  const known = new Map<string, { readonly identity: string; readonly sha256: string }>();
  return async ({ name, program, sha256: expected }) => {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs, isFile } = await statOf(program);
      if (!isFile) throw unusable(name, program, "a file", "something else");
      await access(program, constants.X_OK);
      const identity = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
      const before = known.get(program);
      const sha256 = before?.identity === identity ? before.sha256 : await digestOf(program);
      known.set(program, { identity, sha256 });
      if (expected === undefined || expected === sha256) return sha256;
      throw unusable(name, program, `a file with SHA-256 ${expected}`, `SHA-256 ${sha256}`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT" || code === "ENOTDIR") throw unusable(name, program, "a program", "nothing", error);
      if (code === "EACCES" || code === "EPERM") {
        throw unusable(name, program, "a program that may be read and executed", code, error);
      }
      throw error;
    }
  };
}

export function unusable(
  name: string,
  path: string,
  expected: string,
  found: string,
  cause?: unknown,
): ProgramUnusable {
  return new ProgramUnusable(
    `program ${name} (${path}): expected ${expected}, found ${found}; correct run.exec.allow of the config manifest or install it`,
    { details: { program: name }, cause },
  );
}

async function statOf(path: string) {
  const stats = await stat(path, { bigint: true });
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return { dev, ino, size, mtimeNs, ctimeNs, isFile: stats.isFile() };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
