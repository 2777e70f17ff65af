import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExecRequest, ExecResponse } from "../../contracts/facts.ts";
import type { AllowedProgram, ExecSettings } from "../../contracts/io-settings.ts";
import type { ArtifactReader, Json } from "../../stores/ports.ts";
import { parseAs } from "../parse.ts";
import { ExecOutputTooLarge, ExecTimedOut, ProgramNotAllowed, TransportFailed } from "./errors.ts";
import { toContent } from "./json.ts";
import { type ProcessStart, runProcess } from "./process.ts";
import { type ProgramDigest, unusable } from "./programs.ts";
import type { IoProvider } from "./provider.ts";
import type { Transport } from "./transports.ts";

/**
 * Runs an allow-listed program to its end; its exit status and its output are the result, whatever they are.
 * @param name tells this call apart from the others of the attempt
 * @throws {ValidationFailed} for a malformed request; otherwise what `execTransport` fails with
 */
export async function execProgram(
  io: Pick<IoProvider, "call">,
  name: string,
  request: ExecRequest,
): Promise<ExecResponse> {
  const checked = parseAs(ExecRequest, request, `exec request ${name}`) as Json;
  const { response } = await io.call({ namespace: "exec", name, request: checked });
  return parseAs(ExecResponse, response, `exec response ${name}`);
}

/** An environment variable's value. */
export type Environment = (name: string) => string | undefined;

/** What the transport works with. */
interface ExecParts {
  readonly environment: Environment;
  readonly digest: ProgramDigest;
  /** Where the files of a request are read from. */
  readonly artifacts: ArtifactReader;
}

/**
 * Runs allow-listed programs: no shell, no PATH, an empty folder to work in, no more of the environment than is allowed.
 * Fails with ProgramNotAllowed, ProgramUnusable, ExecTimedOut, ExecOutputTooLarge, or TransportFailed when the system
 * cannot start a program at the moment.
 */
export function execTransport(settings: ExecSettings, { environment, digest, artifacts }: ExecParts): Transport {
  return async (raw): Promise<ExecResponse> => {
    const request = parseAs(ExecRequest, raw, "exec request");
    const allowed = settings.allow.find(({ name }) => name === request.program);
    if (allowed === undefined)
      throw new ProgramNotAllowed(
        request.program,
        settings.allow.map(({ name }) => name),
      );
    const sha256 = await digest(allowed);
    const env = variables(settings.env_allowlist, environment);
    const timeout = Math.min(settings.timeout_ms, request.timeout_ms ?? settings.timeout_ms);
    const files = await Promise.all(
      (request.files ?? []).map(async ({ path, artifact }) => ({ path, bytes: await artifacts.get(artifact) })),
    );
    const end = await inEmptyFolder(async (cwd) => {
      for (const { path, bytes } of files) await writeFile(join(cwd, path), bytes, { mode: 0o700 });
      return start(
        allowed,
        {
          program: allowed.program,
          args: [...allowed.args_prefix, ...request.args],
          env,
          cwd,
          stdin: new TextEncoder().encode(request.stdin ?? ""),
        },
        { timeout, output: settings.max_output_bytes },
      );
    });
    if (end.kind === "timed_out") throw new ExecTimedOut(allowed.name, timeout);
    if (end.kind === "output_too_large") throw new ExecOutputTooLarge(allowed.name, settings.max_output_bytes);
    return {
      exit_status: end.status,
      ...(end.signal === null ? {} : { signal: end.signal }),
      stdout: toContent(end.stdout),
      stderr: toContent(end.stderr),
      program_sha256: sha256,
      environment: env,
    };
  };
}

function variables(names: readonly string[], environment: Environment): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function start(allowed: AllowedProgram, process: ProcessStart, limits: { timeout: number; output: number }) {
  try {
    return await runProcess(process, limits);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    if (code === "ENOENT") throw unusable(allowed.name, allowed.program, "the interpreter it names", "nothing", error);
    if (code === "E2BIG") throw unusable(allowed.name, allowed.program, "arguments the system can pass", code, error);
    if (code === "ENOEXEC" || code === "EACCES" || code === "EPERM") {
      throw unusable(allowed.name, allowed.program, "a program of this system", code, error);
    }
    throw new TransportFailed(`program ${allowed.name}: could not be started: ${code}`, { cause: error });
  }
}

/** Whatever is left in the folder goes with it; what cannot be removed does not make the result another. */
async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "restep-exec-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}
