import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { someOf } from "../support/scale.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A project as small as the launcher allows: what it compiles and bundles is there, and does next to nothing. */
function smallProject(): string {
  const project = mkdtempSync(join(tmpdir(), "launch-"));
  onTestFinished(() => rmSync(project, { recursive: true }));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  };
  write("package.json", '{ "version": "1.2.3", "type": "module" }');
  write("package-lock.json", "{}");
  write("tsconfig.json", "{}");
  const compilerOptions = { module: "nodenext", target: "es2023", rootDir: ".", types: [], skipLibCheck: true };
  write(
    "tsconfig.build.json",
    JSON.stringify({ compilerOptions, include: ["scripts", "functions", "shared", "test"] }),
  );
  write("scripts/restep.ts", 'console.log("first");\n');
  write("functions/local-worker.ts", "export const worker = 1;\n");
  write("shared/asl.ts", "export const asl = 1;\n");
  write("shared/local/api-server.ts", "export const server = 1;\n");
  write("shared/recompiler/runtime/worker-entry.ts", "export const program = 1;\n");
  write("test/lab/crash/worker.ts", "export const crash = 1;\n");
  cpSync(join(root, "scripts/launch.mjs"), join(project, "scripts/launch.mjs"));
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  return project;
}

function launch(project: string, ...args: string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(project, "scripts/launch.mjs"), ...args], {
    encoding: "utf8",
  });
  return { printed: stdout.trim(), stderr, status };
}

/** All that a build reads, as if it had been written then. */
function date(project: string, then: Date) {
  for (const name of readdirSync(project, { recursive: true, encoding: "utf8" })) {
    if (!/^(node_modules|dist)/.test(name)) utimesSync(join(project, name), then, then);
  }
}

const DAY = 86_400_000;

const CLOCKS = [
  ["long before", new Date(Date.now() - 400 * DAY)],
  ["long after", new Date(Date.now() + 400 * DAY)],
] as const;
test.each(someOf(CLOCKS, 2))(
  "sources that a clock dated %s the build are built once, and again when one changes",
  (_, then) => {
    const project = smallProject();
    date(project, then);
    const built = () => statSync(join(project, "dist")).ino;

    expect(launch(project, "scripts/restep")).toEqual({ printed: "first", stderr: "", status: 0 });
    const first = built();
    launch(project, "scripts/restep");
    expect(built()).toBe(first);

    writeFileSync(join(project, "scripts/restep.ts"), 'console.log("second");\n');
    date(project, new Date(then.getTime() + 1_000));
    expect(launch(project, "scripts/restep").printed).toBe("second");
    expect(built()).not.toBe(first);
  },
);

test("a type error fails --build and says where; an entry point runs all the same, and is built anew each time", () => {
  const project = smallProject();
  launch(project, "--build");
  writeFileSync(join(project, "scripts/restep.ts"), 'const n: number = "one";\nconsole.log(n);\n');

  const build = launch(project, "--build");
  expect(build.status).not.toBe(0);
  expect(build.stderr).toContain("scripts/restep.ts");
  const run = launch(project, "scripts/restep");
  expect(run).toMatchObject({ printed: "one", status: 0 });
  expect(run.stderr).toContain("scripts/restep.ts");
});

test("a build that is not in a repository says its version and its lock file, and names no commit", () => {
  const project = smallProject();
  launch(project, "--build");

  expect(JSON.parse(readFileSync(join(project, "dist/build.json"), "utf8"))).toEqual({
    version: "1.2.3",
    lockfile_sha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  });
});
