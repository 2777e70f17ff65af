import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface Asked {
  readonly path: string;
  readonly document: unknown;
}

/** A value, or why there is none: `refused` when the path is read, the name of a Java exception when it is evaluated. */
export interface Answer {
  readonly isDefinite?: boolean;
  readonly value?: unknown;
  readonly error?: string;
  readonly reason?: string;
}

/** What the library in a folder of jars answers: json-path 2.0.0 with Jackson's nodes, in one process of Java. */
export function answersOfPeer(jars: string, asked: readonly Asked[]): Answer[] {
  const classes = mkdtempSync(join(tmpdir(), "jsonpath-peer-"));
  try {
    const files = readdirSync(jars).filter((name) => name.endsWith(".jar"));
    const classpath = [classes, ...files.map((name) => resolve(jars, name))].join(delimiter);
    const source = fileURLToPath(new URL("JsonPathPeer.java", import.meta.url));
    run("javac", ["-nowarn", "-cp", classpath, "-d", classes, source], "");
    const answered = run(
      "java",
      ["-cp", classpath, "JsonPathPeer"],
      asked.map((each) => JSON.stringify(each)).join("\n"),
    );
    const lines = answered.trimEnd().split("\n");
    if (lines.length !== asked.length) throw new Error(`${asked.length} were asked, ${lines.length} answered`);
    return lines.map((line) => JSON.parse(line) as Answer);
  } finally {
    rmSync(classes, { recursive: true });
  }
}

function run(command: string, args: readonly string[], input: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: "utf8",
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (error !== undefined || status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
  return stdout;
}
