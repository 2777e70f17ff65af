import { UsageError } from "../scripts/cli/exit-codes.ts";
import { DefinitionError, ExecutionInputError, HistoryError } from "../shared/asl/index.ts";
import type { StateId } from "../shared/contracts/ids.ts";
import * as kernel from "../shared/kernel/errors.ts";
import * as io from "../shared/kernel/io/errors.ts";
import { InvalidPlan } from "../shared/kernel/plan/errors.ts";
import * as secrets from "../shared/kernel/secrets/errors.ts";
import { ElfError, RecompilerError } from "../shared/recompiler/errors.ts";
import { GuestTrap } from "../shared/recompiler/machine.ts";
import { UnreadableRun } from "../shared/runs/retention/errors.ts";
import * as stores from "../shared/stores/errors.ts";

const cause = new Error("why");
const run = "7a327b5c-2a25-578e-8127-145166f368ad" as never;

/** One of every class that has a row in the error registry, with all its details. */
export const ERROR_SAMPLES: readonly Error[] = [
  new kernel.ContractInputMissing("m.json: field x: expected it, found nothing"),
  new kernel.HardGateFailed("validation", "no", { details: { report: "artifact://r" } }),
  new kernel.ValidationFailed("no"),
  new kernel.TransientIo("away"),
  new kernel.IllegalTransition("no", { details: { seq: 1, event: "state_entered", from: "a", to: "b" } }),
  new kernel.FlowChanged("r", "flow 1", "flow 2"),
  new kernel.AttemptTimedOut("a.b.c"),
  new kernel.AttemptAborted("a.b.c: nobody waits"),
  new kernel.RetryBudgetExhausted("a.b.c", 6, kernel.toErrorInfo(new kernel.TransientIo("away"))),
  new kernel.GateRefusal("no such gate"),
  new kernel.GateRejected("publish", "alice", "not yet"),
  new kernel.ChainMismatch(1, "trace", "log"),
  new InvalidPlan({ kind: "duplicate_state_id", state_id: "a.b.c" as StateId }),
  new secrets.SecretRefused("no", { what: "m.json", found: 1, places: [] }),
  new secrets.DeclaredSecretUnusable("short"),
  new secrets.SecretKeyUnusable("short", cause),
  new secrets.SealedSecretBroken("open", cause),
  new io.MissingFact("k", "none"),
  new io.MissingFactRetryable("k", "none"),
  new io.MissingFactKey("no name"),
  new io.FactMismatch("k", 0, { pointer: "/a", recorded: "1", asked: "2" }),
  new io.FactKeyReused("k", "/a"),
  new io.NamespaceUnknown("moon", []),
  new io.TransportFailed("503", { details: { service: "https://a.example", status: 503, retry_after_ms: 1 } }),
  new io.TransportRefused("tls", { details: { service: "https://a.example", reason: "CERT_HAS_EXPIRED" } }),
  new io.RateLimited("429", { details: { service: "https://a.example", status: 429, retry_after_ms: 1 } }),
  new io.CircuitOpen("https://a.example", 1),
  new io.ProgramNotAllowed("cc", []),
  new io.ProgramUnusable("gone", { details: { program: "cc" } }),
  new io.ExecTimedOut("cc", 1),
  new io.ExecOutputTooLarge("cc", 1),
  new io.HostNotAllowed("GET", "https://a.example", []),
  new io.ResponseTooLarge("https://a.example", 1),
  new io.SecretEchoed("https://a.example", "TOKEN"),
  new stores.ConcurrencyError("r", 1, 2),
  new stores.NotFoundError("run r", "the store"),
  new stores.CorruptionError("a", { where: "the store", expected: "1", found: "2", remedy: "put it again" }, cause),
  new stores.ConflictError("r", "1", "2"),
  new stores.LeaseHeldError("r", { holder: "alice", place: "here", since: "noon" }),
  new stores.LeaseLostError("r", 1),
  new stores.NoSpaceError("write", "/a", cause),
  new stores.AccessDeniedError("write", "/a", "EACCES", cause),
  new stores.LayoutError("write", "/a", "a file", cause),
  new stores.IoError("write", "/a", "EIO", cause),
  new stores.InvalidInputError("id", "a UUID", "whatever was typed"),
  new UnreadableRun(run, "damaged"),
  new UsageError("--workers: expected a number"),
  new ElfError("elf_malformed", { field: "e_ident", offset: 0, expected: "ELF", found: "text" }),
  new RecompilerError("shard_malformed", "shard 1: cut short"),
  new GuestTrap("memory_fault", 4),
  new DefinitionError("no StartAt"),
  new ExecutionInputError("too long"),
  new HistoryError("of another definition"),
];

/** Details that may hold text from outside: not shown where the run's log is not. */
export const WITHHELD: Readonly<Record<string, readonly string[]>> = {
  GateRejected: ["reason"],
  InvalidInputError: ["found"],
};
