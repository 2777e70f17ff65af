import type { LeasePurpose } from "../lease-policy.ts";
import type { ProcessIdentity } from "../processes.ts";

/**
 * A run's lease is one folder, `lease/<name>`, that is only ever renamed. Its name says which epoch it is and who holds it,
 * so a single rename, which fails when someone else was first, changes both at once: a compare-and-swap.
 */
export type LeaseState =
  /** Given back cleanly: the logs are whole and synced. `dirty`: given back, but a log must be copied before use. */
  | { readonly state: "free" | "dirty"; readonly epoch: number }
  | {
      readonly state: "held";
      readonly epoch: number;
      readonly purpose: LeasePurpose;
      /** Milliseconds since 1970. */
      readonly since: number;
      readonly owner: ProcessIdentity;
      readonly holder: string;
    };

export const FIRST_LEASE: LeaseState = { state: "free", epoch: 0 };

/** File systems allow 255 bytes for a name; a longer holder is cut, for it only informs. */
const LONGEST_HOLDER = 150;

export function leaseName(lease: LeaseState): string {
  const epoch = String(lease.epoch).padStart(6, "0");
  if (lease.state !== "held") return `${epoch}.${lease.state}`;
  const { host, pid, started } = lease.owner;
  const holder = encodeURIComponent(lease.holder).slice(0, LONGEST_HOLDER);
  return `${epoch}.held.${lease.purpose}.${lease.since}.${host}.${pid}.${started}.${holder}`;
}

const UNHELD = /^(\d{6,})\.(free|dirty)$/;
const HELD = /^(\d{6,})\.held\.(run|append)\.(\d+)\.([0-9a-f]{12})\.(\d+)\.(\d+)\.(.*)$/;

/** Undefined for a name that is no lease's. */
export function parseLeaseName(name: string): LeaseState | undefined {
  const unheld = UNHELD.exec(name);
  if (unheld !== null) return { epoch: Number(unheld[1]), state: unheld[2] as "free" | "dirty" };
  const held = HELD.exec(name);
  if (held === null) return undefined;
  const [, epoch, purpose, since, host = "", pid, started, holder = ""] = held;
  return {
    state: "held",
    epoch: Number(epoch),
    purpose: purpose as LeasePurpose,
    since: Number(since),
    owner: { host, pid: Number(pid), started: Number(started) },
    holder: decoded(holder),
  };
}

/** A holder that was cut may end in half an escape. */
function decoded(holder: string): string {
  try {
    return decodeURIComponent(holder);
  } catch {
    return holder;
  }
}
