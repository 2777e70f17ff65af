/** Signal handlers of lifted code: functions of the module that the host calls while a system call is under way. */

import { GuestTrap } from "../machine.ts";
import type { Kernel } from "./kernel.ts";
import type { LiftedInstance } from "./lifted-module.ts";
import type { GuestMemory } from "./memory.ts";

/**
 * Calls a handler, and whichever follows it.
 *
 * @param handler as the kernel has named it: undefined for none
 * @throws GuestTrap where none of the module's functions begins there, or as the kernel does
 */
export function runHandlers(
  handler: number | undefined,
  instance: LiftedInstance,
  memory: GuestMemory,
  kernel: Kernel,
): void {
  for (let next = handler; next !== undefined; ) {
    const enter = instance.functionAt(next);
    if (enter === undefined) throw new GuestTrap("unknown_target", next, "a signal handler");
    enter();
    memory.refresh();
    next = kernel.handlerReturned(instance.registers);
    instance.setThreadPointer(kernel.threadPointer);
  }
}
