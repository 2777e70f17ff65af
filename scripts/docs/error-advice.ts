import type { ErrorName } from "../../shared/contracts/error-registry.ts";

/** What happened, and what to do about it. For people, so it stands in the page and in no bundle. */
export const ERROR_ADVICE: Readonly<Record<ErrorName, string>> = {
  ContractInputMissing:
    "A manifest, an artifact or a field that was promised is missing or malformed. The message names file and field.",
  HardGateFailed: "A hard gate said no. Look at the gate's evidence, an artifact that `restep summary` names.",
  ValidationFailed: "A value does not have the shape its contract gives it. The message names the field.",
  TransientIo: "The outside failed in a way that may pass; a stage of one's own throws it. Wait: it is tried again.",
  IllegalTransition:
    "The event log asks for a step the run's state machine does not allow. The log was changed, or two versions wrote it: `restep verify`.",
  FlowChanged:
    "The run was begun under another version of its flow. Resume it with the release that began it, or run its manifest with `--new`.",
  AttemptTimedOut: "An attempt ran out of time. Give its function more, or its shard fewer functions.",
  AttemptAborted: "The process shut down, or nobody waited for the attempt any more. It is tried again.",
  IdempotencyKeyChanged:
    "A state that changes the world would be entered again with another input than before. Run the manifest again with `--new`.",
  RetryBudgetExhausted:
    "An error that is retried came once more than `run.retry_policy.max_attempts` allows. Mend what the last error names, and submit again.",
  GateRefusal:
    "A decision that cannot be taken: no such gate is open, or it is not this principal's. See `restep summary`.",
  GateRejected: "A person said no at a gate. The reason is in the message.",
  ChainMismatch:
    "The capabilities around attempts are not those of `capabilities.lock.json`. Run the build that the lock is of, or write it anew.",
  RunCancelled: "Somebody wanted it, and the run says who and why. Run the manifest again with `--new`.",
  InvalidPlan:
    "The config manifest asks for a plan that cannot be. Nothing was written; correct the field that the message names (`run.skip_tags`, `run.retry_policy`).",
  SecretRefused:
    "A manifest, event or artifact holds what looks like a secret. Take it out, or pass it in a variable that `run.secrets` names.",
  DeclaredSecretUnusable: "A declared secret is too short to be kept out of what the run writes. Use a longer one.",
  SecretKeyUnusable: "`RESTEP_SECRET_KEY` is malformed, or not the one a secret was sealed with. Set the right one.",
  SealedSecretBroken: "A sealed secret is no longer what was sealed. Restore the artifact, or run live again.",
  MissingFact: "A replay has no fact for a call. Give it the facts of a run that got this far, or run live.",
  MissingFactRetryable:
    "The same with `run.replay_missing_fact_retryable`: the facts may be on their way, and are looked for again.",
  MissingFactKey: "A call has no name that can stand in a fact key. Name it in the stage's code.",
  FactMismatch: "A replay asks something else than the run did. Its inputs or its code are not those of the run.",
  FactKeyReused: "One attempt asked two things under one key. Give each call a name of its own in the stage's code.",
  NamespaceUnknown: "No transport answers this namespace. Correct the call, or the transports the world was made with.",
  TransportFailed: "The way to a service failed, and may work later. It is tried again.",
  TransportRefused: "The way to a service is barred: its certificate, its redirects. Mend the service.",
  RateLimited: "A service asks for fewer calls. It is tried again; lower the run's concurrency if it comes back.",
  CircuitOpen: "A service failed so often that it is left alone for a while. It is tried again.",
  ProgramNotAllowed: "The run config does not let a run start this program. Name it in `run.exec.allow`.",
  ProgramUnusable:
    "An allowed program is not there, or not the file that `run.exec.allow` names. Install it, or correct it.",
  ExecTimedOut: "A program ran into its time limit. Raise `run.exec.timeout_ms`, or give it less to do.",
  ExecOutputTooLarge: "A program wrote more than it may. Raise `run.exec.max_output_bytes`.",
  HostNotAllowed: "The run config does not let a run call this host so. Name host and method in `run.http.allow`.",
  ResponseTooLarge: "A response is longer than it may be. Raise `run.http.max_response_bytes`.",
  SecretEchoed:
    "A response repeats the value of a secret variable and was not recorded. Have the service leave it out.",
  ConcurrencyError: "Another writer appended to the log first. The head is read again, and the append tried again.",
  NotFoundError: "There is no such run or artifact in this store. Check the id, and `--store`.",
  CorruptionError: "Stored bytes are not what was written. They are set aside; the message says how to get them back.",
  ConflictError: "A run of this id exists with another submission. Submit under a new `run_id` (`--new`).",
  LeaseHeldError: "Another process works on the run, or another server on the store. Wait for it to end, or stop it.",
  LeaseLostError:
    "The run, or the store of a server, was taken over by another process, which goes on with it. Nothing to do here.",
  NoSpaceError: "The disk or the quota is full. Free some space, and `restep resume`.",
  AccessDeniedError: "The operating system refused to write. Make the store writable, and `restep resume`.",
  LayoutError: "Something stands in the store's place. Move it away, or choose another `--store`.",
  IoError: "The operating system failed in another way. It is tried again; check the disk if it comes back.",
  UnsupportedFormatError: "Another version wrote it. Use that one, or for a run submit its manifest anew.",
  InvalidInputError: "The store was given something it cannot keep. The message says what it expects.",
  UnreadableRun: "A run's log cannot be read, so nothing is removed. `restep verify` says where it is damaged.",
  UsageError: "The command line is not as it must be. `--help` shows an example.",
  ElfError: "The file is no ELF executable that can be loaded. The message names field, offset, expected and found.",
  SymbolFileError:
    "The symbol file cannot be used: its form is not known or broken, or it is another program's. The message says where.",
  RecompilerError:
    "A document of the recompiler is not what it must be, or a limit was passed. The message says which.",
  GuestTrap: "The guest program trapped. The message has the kind and the address.",
  DefinitionError: "A state machine definition cannot be run. Its diagnostics say what is wrong, and where.",
  ExecutionInputError: "No execution can be started with this input. Give a JSON value within the limits.",
  HistoryError: "A history cannot be continued: it is of another definition, or damaged. Start a new execution.",
  "States.DataLimitExceeded": "An input or output is larger than 256 KiB. Pass a reference to an artifact.",
  "States.ExceedToleratedFailureThreshold": "More items of a Map failed than it tolerates. Look at the items' errors.",
  "States.HeartbeatTimeout": "A task sent no heartbeat within `HeartbeatSeconds`.",
  "States.ItemReaderFailed": "The items of a Map cannot be read. The cause says why.",
  "States.NoChoiceMatched":
    "No rule of a Choice matched, and it has no `Default`. The interpreter says `States.Runtime`, as AWS does.",
  "States.QueryEvaluationError": "A JSONata expression failed. The cause names the field.",
  "States.ReferencePathConflict": "A `ResultPath` leads through a value that is no object.",
  "States.ResultWriterFailed": "The results of a Map cannot be written. The cause says why.",
  "States.Runtime": "The state machine cannot go on with this input. It is never caught by `States.ALL`.",
  "States.TaskFailed": "A task failed without a name of its own. The cause says why.",
  "States.Timeout": "A task or the execution ran longer than its `TimeoutSeconds`.",
  "States.BranchFailed": "A branch of a Parallel failed.",
  "States.IntrinsicFailure": "An intrinsic function failed. The interpreter says `States.Runtime`, as AWS does now.",
  "States.ParameterPathFailure": "A path in `Parameters` leads nowhere.",
  "States.Permissions": "The state machine's role may not do what the task asks. Mend the role.",
  "States.ResultPathMatchFailure": "A `ResultPath` cannot be applied to the state's input.",
  "Lambda.AWSLambdaException": "Lambda failed in a way that passes. It is tried again.",
  "Lambda.ClientExecutionTimeoutException": "Lambda did not answer in time. It is tried again.",
  "Lambda.InvalidResponse": "What stands in for Lambda answered with what is not JSON.",
  "Lambda.ResourceNotFoundException": "There is no such function. Deploy it, or correct the ARN.",
  "Lambda.SdkClientException": "Lambda could not be reached. It is tried again.",
  "Lambda.ServiceException": "Lambda failed in a way that passes. It is tried again.",
  "Lambda.TooManyRequestsException": "Lambda runs as many invocations as it may. It is tried again.",
  "Lambda.Unknown": "The function, or its worker thread, died without saying why: out of memory, perhaps. See its log.",
  "Function.ResponseSizeTooLarge": "A function's answer is larger than Lambda allows. Pass a reference to an artifact.",
  "Runtime.ExitError": "The function's process ended before it answered: out of memory, perhaps. See its log.",
  "Runtime.HandlerNotFound": "The deployed bundle has no such handler. Deploy it again.",
  "Runtime.ImportModuleError": "The deployed bundle cannot be loaded. Deploy it again.",
  "Runtime.MarshalError": "A function's answer cannot be written as JSON.",
  "Runtime.UnhandledPromiseRejection": "A function left a rejected promise unhandled. See its log.",
  "Sandbox.Timedout": "A function ran longer than its timeout. Raise it, or make the shards smaller.",
};
