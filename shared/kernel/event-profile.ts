import { FollowedPayloads, RequiredPayloads } from "../contracts/event-payloads.ts";
import type { EventProfile } from "../contracts/run-config.ts";

/** Whether a run with this profile writes a domain event of this name. What a run is rebuilt from is always written, and what every run has to tell. */
export function isWanted(profile: EventProfile, name: string): boolean {
  if (isAlwaysWritten(name) || profile === "verbose") return true;
  if (profile === "minimal") return false;
  if (profile === "normal") return !isDetail(name);
  return profile.custom.some((pattern) => matches(pattern, name));
}

function isAlwaysWritten(name: string): boolean {
  return Object.hasOwn(FollowedPayloads, name) || Object.hasOwn(RequiredPayloads, name);
}

/** Events of interest only to somebody who looks for something: `verbose` has them. */
function isDetail(name: string): boolean {
  return !name.startsWith("recomp.") || name === "recomp.service.circuit_changed";
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
