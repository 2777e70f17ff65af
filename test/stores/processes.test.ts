import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { describeProcess, systemProcesses } from "../../shared/stores/processes.ts";

describe("this machine's processes", () => {
  const { self, isAlive } = systemProcesses();

  it("have one of this process, the same each time it is asked for", () => {
    expect(self.host).toMatch(/^[0-9a-f]{12}$/);
    expect(self.pid).toBe(process.pid);
    expect(systemProcesses().self).toEqual(self);
    expect(isAlive(self)).toBe(true);
    expect(describeProcess(self)).toBe(`process ${process.pid}`);
  });

  it("tell one that has ended from one that lives", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    expect(isAlive({ host: self.host, pid, started: 0 })).toBe(false);
  });

  it("tell a process from a later one of the same number, where the time of its start is known", () => {
    expect(isAlive({ ...self, started: 0 })).toBe(true);
    // A system without /proc knows no start times.
    if (self.started > 0) expect(isAlive({ ...self, started: self.started + 1 })).toBe(false);
  });

  it.runIf(existsSync("/proc/self/stat"))("are known by field 22 of what the system says, behind any name", () => {
    // Of this process the name has blanks and brackets, as tests are run.
    const [, rest = ""] = /^\d+ \(.*\) (.*)$/s.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
    expect(self.started).toBe(Number(rest.split(" ")[19]));
    expect(self.started).toBeGreaterThan(0);
  });

  it.each([
    ["EPERM", true],
    ["ESRCH", false],
  ])("that cannot be signalled with %s are there: %s", (code, isThere) => {
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    try {
      expect(isAlive(self)).toBe(isThere);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it("say nothing of those of another host", () => {
    expect(isAlive({ ...self, host: "0".repeat(12) })).toBeUndefined();
  });

  it("are named by the machine, its boot and its view of numbers, not by all machines alike", () => {
    expect(self.host).not.toBe("e3b0c44298fc");
  });
});
