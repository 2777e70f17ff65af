/** Who the guest is told it is. The same everywhere, so that a program's output does not depend on who runs it. */
export const IDENTITY = {
  process: 1000,
  parent: 999,
  user: 1000,
  group: 1000,
  /** `uname`: system, node, release, version, machine, domain. */
  system: ["Linux", "restep", "5.10.0", "#1", "mips", "(none)"],
} as const;
