import { vi } from "vitest";
import { main } from "../../scripts/cli/main.ts";
import { type Finished, root, type Shell } from "../e2e/cli.ts";

/**
 * Carries a command line out in this process, which spares a process and its modules for each. What a process adds (streams,
 * signals, the launcher) is tested by those that start one. Standard input is this process's.
 */
export async function restepHere(args: readonly string[], { cwd = root, env = {} }: Shell = {}): Promise<Finished> {
  const before = { cwd: process.cwd(), argv: process.argv };
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      printed[stream] += text;
      return true;
    }),
  );
  for (const [name, value] of Object.entries({ NO_COLOR: "1", ...env })) vi.stubEnv(name, value);
  process.chdir(cwd);
  process.argv = [process.execPath, `${root}dist/scripts/restep.js`];
  try {
    const code = await main(args);
    return { code, signal: null, stdout: Buffer.from(printed.stdout), stderr: printed.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    process.chdir(before.cwd);
    process.argv = before.argv;
  }
}
