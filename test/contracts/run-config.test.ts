import { describe, expect, it } from "vitest";
import { RunConfig } from "../../shared/contracts/run-config.ts";

const exec = { allow: [{ name: "gcc", program: "/usr/bin/gcc" }] };

describe("the tools of a run config", () => {
  it("are programs that it allows", () => {
    expect(RunConfig.parse({ exec, tools: [{ program: "gcc" }] }).tools).toEqual([
      { program: "gcc", args: ["--version"] },
    ]);
  });

  it.each([
    [
      "one that is not allowed",
      { exec, tools: [{ program: "clang" }] },
      "expected the name of a program of run.exec.allow (gcc)",
    ],
    ["any, when none is allowed", { tools: [{ program: "gcc" }] }, "run.exec.allow (none)"],
    [
      "one that is named twice, for its version is one fact",
      { exec, tools: [{ program: "gcc" }, { program: "gcc", args: ["-v"] }] },
      "expected each program once",
    ],
  ])("are refused with %s", (_what, config, message) => {
    const issues = RunConfig.safeParse(config).error?.issues ?? [];
    expect(issues).toMatchObject([
      { path: expect.arrayContaining(["tools"]), message: expect.stringContaining(message) },
    ]);
  });
});
