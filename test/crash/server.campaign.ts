import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { crashServer } from "../lab/crash/server/run.ts";

it("a Step Functions server that is killed at a write ends what is under way, and does nothing twice", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "restep-crash-"));
  const lines: string[] = [];
  try {
    const around = { cores: 2, scratch, say: () => {}, print: (line: string) => void lines.push(line) };
    const code = await crashServer(["--every", "40", "--executions", "20"], around);
    expect({ code, lines }).toEqual({ code: 0, lines: expect.arrayContaining([expect.stringMatching(/, 0 failed$/)]) });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}, 300_000);
