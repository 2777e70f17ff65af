/** `ioctl`: of terminals, and of what any file knows (asm/ioctls.h, asm/termbits.h). */

import { SyscallError } from "../errno.ts";
import { IDENTITY } from "../identity.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { O_NONBLOCK, readinessOf } from "./ready.ts";
import { type Field, storeFields } from "./structures.ts";

const TCGETS = 0x540d;
const TCSETS = 0x540e;
const TCSETSF = 0x5410;
const TIOCGPGRP = 0x4004_7477;
const TIOCSPGRP = 0x8004_7476 | 0;
const TIOCGWINSZ = 0x4008_7468;
const FIONREAD = 0x467f;
const FIOCLEX = 0x6601;
const FIONCLEX = 0x6602;
const FIONBIO = 0x667e;

const TERMIOS_BYTES = 40;

/** What a terminal is like before anybody sets it: lines, echo, signals; 38400 baud. */
// biome-ignore format: a table, one row a field
const SETTINGS: readonly Field[] = [
  [0,  4, 0x500],  // c_iflag: ICRNL, IXON
  [4,  4, 0x5],    // c_oflag: OPOST, ONLCR
  [8,  4, 0xbf],   // c_cflag: B38400, CS8, CREAD
  [12, 4, 0xb3b],  // c_lflag: ISIG, ICANON, ECHO, ECHOE, ECHOK, IEXTEN, ECHOCTL, ECHOKE
  [17, 1, 3], [18, 1, 28], [19, 1, 127], [20, 1, 21], [21, 1, 1], [33, 1, 4], // VINTR, VQUIT, VERASE, VKILL, VMIN, VEOF
];

export const ioctl: Implementation = (call) => {
  const description = call.process.descriptors.description(call.argument(0));
  const { descriptors } = call.process;
  const { file } = description;
  switch (call.argument(1)) {
    case FIOCLEX:
    case FIONCLEX:
      descriptors.setClosesOnExec(call.argument(0), call.argument(1) === FIOCLEX);
      return 0;
    case FIONBIO:
      description.flags = (description.flags & ~O_NONBLOCK) | (call.memory.loadWord(call.address(2)) ? O_NONBLOCK : 0);
      return 0;
    case FIONREAD:
      call.memory.storeWord(call.address(2), waitingIn(call));
      return 0;
    default:
      if (file.terminal === undefined) throw new SyscallError("ENOTTY");
      return ofTerminal(call, file.terminal);
  }
};

function waitingIn(call: SystemCall): number {
  const description = call.process.descriptors.description(call.argument(0));
  const { file } = description;
  if (file.status().kind === "regular") return Math.max(0, file.status().size - file.seek(0, "current"));
  if (file.readiness === undefined) throw new SyscallError("ENOTTY");
  return readinessOf(description).waiting;
}

/** Settings are those of the host: they are told as they are at first, and what would change them is refused. */
function ofTerminal(call: SystemCall, { columns, rows }: { readonly columns: number; readonly rows: number }): number {
  const address = call.address(2);
  switch (call.argument(1)) {
    case TCGETS:
      storeFields(call.memory, address, TERMIOS_BYTES, SETTINGS);
      return 0;
    case TIOCGWINSZ:
      storeFields(call.memory, address, 8, [
        [0, 2, rows],
        [2, 2, columns],
      ]);
      return 0;
    case TIOCGPGRP:
      call.memory.storeWord(address, IDENTITY.process);
      return 0;
    case TIOCSPGRP:
      return 0;
    default: {
      const request = call.argument(1);
      if (request < TCSETS || request > TCSETSF) throw new SyscallError("EINVAL");
      // Those it has already: what programs write back before they end.
      const lines = call.memory.loadWord(address + 12);
      if ((lines & LINES) !== LINES) throw new SyscallError("EINVAL");
      return 0;
    }
  }
}

/** ICANON and ECHO. */
const LINES = 0o12;
