import type { ArtifactRef } from "../contracts/ids.ts";
import type { ComparedRun, TracedRun } from "../contracts/validation.ts";
import { execProgram } from "../kernel/io/exec.ts";
import { toBytes } from "../kernel/io/json.ts";
import type { IoProvider } from "../kernel/io/provider.ts";
import { digestOf, type OutputDigest } from "../recompiler/validation/replay-run.ts";

/** A program that runs others, and what it is given to run. */
export interface ReferenceCall {
  /** Its name in `run.exec.allow`. */
  readonly program: string;
  /** Before the file to run. */
  readonly args: readonly string[];
  readonly binary: ArtifactRef;
  /** Patches and stubs make it another program than the file. */
  readonly isChanged: boolean;
}

type Reference = NonNullable<ComparedRun["reference"]>;

/** As it is called in the folder that the reference works in. */
const FILE = "program.elf";

const SIGNAL_STATUS = 128;

const SIGSEGV = 11;

/** Signal numbers of programs that end by a trap; which one of several a trap becomes is for `TRAP_SIGNALS` to say. */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGBUS: 10,
  SIGSEGV,
};

/**
 * Runs the program once more under another implementation of the machine; what that did is a fact of the run. Compared are
 * exit status, standard output and standard error. System calls are not: the reference's kernel is this machine's.
 */
export async function compareWithReference(
  io: Pick<IoProvider, "call">,
  name: string,
  { program, args, binary, isChanged }: ReferenceCall,
  traced: TracedRun,
): Promise<Reference> {
  const { end } = traced;
  if (isChanged) return { program, outcome: "not_compared", reason: "the config changes the program's code" };
  if (end.kind === "budget")
    return { program, outcome: "not_compared", reason: "the oracle was stopped before its end" };
  const answer = await execProgram(io, name, {
    program,
    args: [...args, `./${FILE}`, ...traced.args.slice(1)],
    stdin: traced.stdin,
    files: [{ path: FILE, artifact: binary }],
  });
  const found = answer.signal === undefined ? `exit ${answer.exit_status}` : `death by ${answer.signal}`;
  const difference =
    isSameEnd(end, answer) === false
      ? { what: "end of the program", expected: found, found: end.kind === "exit" ? `exit ${end.status}` : end.message }
      : (outputDifference("standard output", digestOf(toBytes(answer.stdout)), traced.stdout) ??
        (end.kind === "exit" && end.reason === "exit"
          ? outputDifference("standard error", digestOf(toBytes(answer.stderr)), traced.stderr)
          : undefined));
  return difference === undefined ? { program, outcome: "agrees" } : { program, outcome: "differs", difference };
}

/** A trap ends a program by a signal; which signal is left to the reference, but for what may not be accessed. */
function isSameEnd(
  end: TracedRun["end"],
  { exit_status: status, signal }: { readonly exit_status: number | null; readonly signal?: string | undefined },
): boolean {
  const shown = signal === undefined ? status : SIGNAL_STATUS + (SIGNALS[signal] ?? 0);
  if (end.kind === "exit") return shown === end.status;
  if (end.kind === "forbidden_access") return shown === SIGNAL_STATUS + SIGSEGV;
  if (end.kind !== "trap") return false;
  return signal !== undefined || (status !== null && status > SIGNAL_STATUS);
}

function outputDifference(what: string, expected: OutputDigest, found: OutputDigest): Reference["difference"] {
  if (expected.bytes === found.bytes && expected.sha256 === found.sha256) return undefined;
  const text = ({ bytes, sha256 }: OutputDigest): string => `${bytes} bytes of SHA-256 ${sha256}`;
  return { what, expected: text(expected), found: text(found) };
}
