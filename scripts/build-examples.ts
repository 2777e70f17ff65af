/** Rebuilds the binaries of examples/ from their sources: the same compiler makes the same bytes, in any folder. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** The compiler that made the committed binaries; another version may well make other bytes. */
const COMPILER_VERSION = "12.2.0";

const COMPILERS = [
  { suffix: "be", command: "mips-linux-gnu-gcc" },
  { suffix: "le", command: "mipsel-linux-gnu-gcc" },
] as const;

/** What the examples share: `start` and `linux` all of them, `text` those that print with it. */
const EXAMPLES = [
  { name: "sha256", options: ["-march=mips2"], shared: ["linux", "start"], libraries: [] },
  { name: "dispatch", options: ["-march=mips32"], shared: ["linux", "start"], libraries: ["-lgcc"] },
  { name: "uuid", options: ["-march=mips32r2"], shared: ["linux", "start", "text"], libraries: ["-lgcc"] },
  {
    name: "rays",
    options: ["-march=mips32r2", "-mfp32", "-fno-math-errno"],
    shared: ["linux", "start", "text"],
    libraries: ["-lgcc"],
  },
] as const;

type Compiler = (typeof COMPILERS)[number];
type Example = (typeof EXAMPLES)[number];

/** Absolute addresses and plain calls: no position-independent code, no small-data area behind `$gp`, no start files. */
const FLAGS = [
  ..."-std=c11 -O2 -Wall -Wextra -Werror".split(" "),
  ..."-mabi=32 -mno-abicalls -fno-pic -no-pie -G0".split(" "),
  ..."-ffreestanding -nostdlib -static -fwrapv -fno-tree-loop-distribute-patterns".split(" "),
  ..."-Wl,--build-id=none -Wl,--entry=_start -Wl,--no-warn-mismatch".split(" "),
];

const USAGE = `Example: node --import tsx scripts/build-examples.ts
Rebuilds examples/*/*.elf.

  --check         build elsewhere and compare with the binaries in place; exit 1 when one differs
  --examples DIR  where the examples are (default: examples)

Exit codes: 0 done, 1 a build failed or a binary differs, 2 bad usage or no compiler ${COMPILER_VERSION}.
`;

/** What the machine or the command line lacks, as opposed to a build that fails: exit code 2. */
class CannotBuild extends Error {}

/** No variable of the caller's (search paths, flags, dates) reaches the compiler. */
const environment = { PATH: process.env.PATH ?? "", LC_ALL: "C", SOURCE_DATE_EPOCH: "0" };

function requireCompiler({ command }: Compiler): void {
  let version: string;
  try {
    version = execFileSync(command, ["-dumpfullversion"], { encoding: "utf8", env: environment }).trim();
  } catch {
    throw new CannotBuild(`${command} is not there; on Debian: apt install gcc-${command.replace(/-gcc$/, "")}`);
  }
  if (version !== COMPILER_VERSION) {
    throw new CannotBuild(`${command}: expected version ${COMPILER_VERSION}, found ${version}`);
  }
}

function sourcesOf(folder: string): string[] {
  if (!existsSync(folder)) throw new CannotBuild(`no sources at ${folder}`);
  const names = readdirSync(folder).filter((name) => name.endsWith(".c"));
  return names.sort().map((name) => join(folder, name));
}

function build(examples: string, example: Example, compiler: Compiler, output: string): void {
  const runtime = join(examples, "freestanding");
  const shared = example.shared.map((name) => join(runtime, `${name}.c`));
  const sources = [...sourcesOf(join(examples, example.name, "src")), ...shared];
  const mapped = `-ffile-prefix-map=${examples}=examples`;
  const target = [...example.options, mapped, "-I", runtime, "-o", output];
  execFileSync(compiler.command, [...FLAGS, ...target, ...sources, ...example.libraries], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** The binaries made, or with `isCheck` the binaries that differ. */
function buildAll(examples: string, isCheck: boolean): string[] {
  COMPILERS.forEach(requireCompiler);
  const scratch = mkdtempSync(join(tmpdir(), "restep-examples-"));
  const listed: string[] = [];
  try {
    for (const compiler of COMPILERS) {
      for (const example of EXAMPLES) {
        const name = `${example.name}-${compiler.suffix}.elf`;
        const inPlace = join(examples, example.name, name);
        const output = isCheck ? join(scratch, name) : inPlace;
        build(examples, example, compiler, output);
        const isSame = isCheck && existsSync(inPlace) && readFileSync(inPlace).equals(readFileSync(output));
        if (!isSame) listed.push(inPlace);
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return listed;
}

function main(): number {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      examples: { type: "string", default: "examples" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const listed = buildAll(resolve(values.examples), values.check);
  for (const path of listed) process.stdout.write(`${path}${values.check ? ": differs from its sources" : ""}\n`);
  return values.check && listed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  const isUsage = error instanceof CannotBuild || (error instanceof TypeError && "code" in error);
  process.stderr.write(`build-examples: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
