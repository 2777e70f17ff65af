import { UsageError } from "../scripts/cli/exit-codes.ts";
import { DefinitionError, ExecutionInputError, HistoryError } from "../shared/asl/index.ts";
import type { ErrorName } from "../shared/contracts/error-registry.ts";
import type { StateId } from "../shared/contracts/ids.ts";
import * as kernel from "../shared/kernel/errors.ts";
import * as io from "../shared/kernel/io/errors.ts";
import { InvalidPlan } from "../shared/kernel/plan/errors.ts";
import * as secrets from "../shared/kernel/secrets/errors.ts";
import { ElfError, RecompilerError, SymbolFileError } from "../shared/recompiler/errors.ts";
import { GuestTrap } from "../shared/recompiler/machine.ts";
import { UnreadableRun } from "../shared/runs/retention/errors.ts";
import * as stores from "../shared/stores/errors.ts";

const cause = new Error("why");
const run = "7a327b5c-2a25-578e-8127-145166f368ad" as never;

/** Names with a dot are no classes: the state machine's interpreter and AWS give them. */
type ErrorClassName = Exclude<ErrorName, `${string}.${string}`>;

/** One of every class that has a row in the error registry, with all its details. */
const SAMPLES: Readonly<Record<ErrorClassName, Error>> = {
  ContractInputMissing: new kernel.ContractInputMissing("m.json: field x: expected it, found nothing"),
  HardGateFailed: new kernel.HardGateFailed("validation", "no", { details: { report: "artifact://r" } }),
  ValidationFailed: new kernel.ValidationFailed("no"),
  TransientIo: new kernel.TransientIo("away"),
  IllegalTransition: new kernel.IllegalTransition("no", {
    details: { seq: 1, event: "state_entered", from: "a", to: "b" },
  }),
  FlowChanged: new kernel.FlowChanged("r", "flow 1", "flow 2"),
  IdempotencyKeyChanged: new kernel.IdempotencyKeyChanged("a.b.c", "one", "two"),
  AttemptTimedOut: new kernel.AttemptTimedOut("a.b.c"),
  AttemptAborted: new kernel.AttemptAborted("a.b.c: nobody waits"),
  RunCancelled: new kernel.RunCancelled({ by: "alice", reason: "not needed" } as never),
  RetryBudgetExhausted: new kernel.RetryBudgetExhausted("a.b.c", 6, kernel.toErrorInfo(new kernel.TransientIo("away"))),
  GateRefusal: new kernel.GateRefusal("no such gate"),
  GateRejected: new kernel.GateRejected("publish", "alice", "not yet"),
  ChainMismatch: new kernel.ChainMismatch(1, "trace", "log"),
  InvalidPlan: new InvalidPlan({ kind: "duplicate_state_id", state_id: "a.b.c" as StateId }),
  SecretRefused: new secrets.SecretRefused("no", { what: "m.json", found: 1, places: [] }),
  DeclaredSecretUnusable: new secrets.DeclaredSecretUnusable("short"),
  SecretKeyUnusable: new secrets.SecretKeyUnusable("short", cause),
  SealedSecretBroken: new secrets.SealedSecretBroken("open", cause),
  MissingFact: new io.MissingFact("k", "none"),
  MissingFactRetryable: new io.MissingFactRetryable("k", "none"),
  MissingFactKey: new io.MissingFactKey("no name"),
  FactMismatch: new io.FactMismatch("k", 0, { pointer: "/a", recorded: "1", asked: "2" }),
  FactKeyReused: new io.FactKeyReused("k", "/a"),
  NamespaceUnknown: new io.NamespaceUnknown("moon", []),
  TransportFailed: new io.TransportFailed("503", {
    details: { service: "https://a.example", status: 503, retry_after_ms: 1 },
  }),
  TransportRefused: new io.TransportRefused("tls", {
    details: { service: "https://a.example", reason: "CERT_HAS_EXPIRED" },
  }),
  RateLimited: new io.RateLimited("429", { details: { service: "https://a.example", status: 429, retry_after_ms: 1 } }),
  CircuitOpen: new io.CircuitOpen("https://a.example", 1),
  ProgramNotAllowed: new io.ProgramNotAllowed("cc", []),
  ProgramUnusable: new io.ProgramUnusable("gone", { details: { program: "cc" } }),
  ExecTimedOut: new io.ExecTimedOut("cc", 1),
  ExecOutputTooLarge: new io.ExecOutputTooLarge("cc", 1),
  HostNotAllowed: new io.HostNotAllowed("GET", "https://a.example", []),
  ResponseTooLarge: new io.ResponseTooLarge("https://a.example", 1),
  SecretEchoed: new io.SecretEchoed("https://a.example", "TOKEN"),
  ConcurrencyError: new stores.ConcurrencyError("r", 1, 2),
  NotFoundError: new stores.NotFoundError("run r", "the store"),
  CorruptionError: new stores.CorruptionError(
    "a",
    { where: "the store", expected: "1", found: "2", remedy: "put it again" },
    cause,
  ),
  ConflictError: new stores.ConflictError("r", ["priority"], "1", "2"),
  LeaseHeldError: new stores.LeaseHeldError("r", { holder: "alice", place: "here", since: "noon" }),
  LeaseLostError: new stores.LeaseLostError("r", 1),
  NoSpaceError: new stores.NoSpaceError("write", "/a", cause),
  AccessDeniedError: new stores.AccessDeniedError("write", "/a", "EACCES", cause),
  LayoutError: new stores.LayoutError("write", "/a", "a file", cause),
  IoError: new stores.IoError("write", "/a", "EIO", cause),
  UnsupportedFormatError: new stores.UnsupportedFormatError("format 3", { what: "events", expected: 2, found: 3 }),
  InvalidInputError: new stores.InvalidInputError("id", "a UUID", "whatever was typed"),
  UnreadableRun: new UnreadableRun(run, "damaged"),
  UsageError: new UsageError("--workers: expected a number"),
  ElfError: new ElfError("elf_malformed", { field: "e_ident", offset: 0, expected: "ELF", found: "text" }),
  SymbolFileError: new SymbolFileError({ where: "line 3", expected: "a name", found: "none" }),
  RecompilerError: new RecompilerError("shard_malformed", "shard 1: cut short"),
  GuestTrap: new GuestTrap("memory_fault", 4),
  DefinitionError: new DefinitionError("no StartAt"),
  ExecutionInputError: new ExecutionInputError("too long"),
  HistoryError: new HistoryError("of another definition"),
};

export const ERROR_SAMPLES: readonly Error[] = Object.values(SAMPLES);

/** Details that may hold text from outside: not shown where the run's log is not. */
export const WITHHELD: Readonly<Record<string, readonly string[]>> = {
  GateRejected: ["reason"],
  InvalidInputError: ["found"],
};
