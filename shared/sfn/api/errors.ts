/** Errors as the Step Functions API names them; the class of an SDK client's exception is the code. */
export type ErrorCode =
  | "AccessDeniedException"
  | "ActivityAlreadyExists"
  | "ActivityDoesNotExist"
  | "ConflictException"
  | "DataCorruptedException"
  | "ExecutionAlreadyExists"
  | "ExecutionDoesNotExist"
  | "ExecutionNotRedrivable"
  | "InternalFailure"
  | "InvalidArn"
  | "InvalidDefinition"
  | "InvalidExecutionInput"
  | "InvalidName"
  | "InvalidOutput"
  | "InvalidToken"
  | "MissingAuthenticationTokenException"
  | "MissingRequiredParameter"
  | "ResourceNotFound"
  | "SerializationException"
  | "ServiceQuotaExceededException"
  | "StateMachineAlreadyExists"
  | "StateMachineDeleting"
  | "StateMachineDoesNotExist"
  | "StateMachineTypeNotSupported"
  | "TaskDoesNotExist"
  | "TaskTimedOut"
  | "TooManyTags"
  | "UnknownOperationException"
  | "UnrecognizedClientException"
  | "UnsupportedMediaTypeException"
  | "ValidationException";

/** Why a ValidationException was thrown, where the API has a word for it. */
type ValidationReason =
  | "API_DOES_NOT_SUPPORT_LABELED_ARNS"
  | "CANNOT_UPDATE_COMPLETED_MAP_RUN"
  | "INVALID_ROUTING_CONFIGURATION"
  | "MISSING_REQUIRED_PARAMETER";

/** What an exception carries besides its message. */
export interface ErrorFields {
  readonly reason?: ValidationReason;
  readonly resourceName?: string;
}

/** The HTTP status of refusals for which it is not 400 (API reference). */
const statuses: { readonly [Code in ErrorCode]?: number } = {
  AccessDeniedException: 403,
  ConflictException: 409,
  MissingAuthenticationTokenException: 403,
  ServiceQuotaExceededException: 402,
  UnrecognizedClientException: 403,
  UnsupportedMediaTypeException: 415,
};

/** A refusal that the client is told of, with its code as `__type`. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { readonly fields?: ErrorFields } = {}) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.fields = options.fields ?? {};
  }

  get status(): number {
    return statuses[this.code] ?? 400;
  }
}

/** Messages in AWS's words, one row for each refusal that names a thing. */
export const refusals = {
  accessDenied: (header: string, expected: string, found: string) =>
    new ServiceError("AccessDeniedException", `${header}: expected ${expected}; found ${shown(found)}`),
  noToken: () =>
    new ServiceError(
      "MissingAuthenticationTokenException",
      "Expected this server's token as Authorization: Bearer, or as the session token of the client's credentials (AWS_SESSION_TOKEN); found neither",
    ),
  wrongToken: () =>
    new ServiceError("UnrecognizedClientException", "The security token included in the request is invalid."),
  wrongMediaType: (expected: readonly string[], found: string | undefined) =>
    new ServiceError(
      "UnsupportedMediaTypeException",
      `Content-Type: expected one of ${expected.join(", ")}; found ${shown(found ?? "")}`,
    ),
  activityExists: (arn: string) => new ServiceError("ActivityAlreadyExists", `Activity Already Exists: '${arn}'`),
  noActivity: (arn: string) => new ServiceError("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`),
  executionExists: (arn: string) => new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`),
  noExecution: (arn: string) => new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`),
  notRedrivable: (reason: string) => new ServiceError("ExecutionNotRedrivable", reason),
  badArn: (why: string) => new ServiceError("InvalidArn", `Invalid Arn: '${why}'`),
  badRole: (arn: string) => new ServiceError("InvalidArn", `Invalid Role Arn: '${shown(arn)}'`),
  badInput: (why: string) =>
    new ServiceError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${why}'`),
  badName: (name: string) => new ServiceError("InvalidName", `Invalid Name: '${name}'`),
  badOutput: (why: string) => new ServiceError("InvalidOutput", `Invalid Output: '${why}'`),
  /** AWS has no word for it. Not tried again by clients: what is stored does not mend itself. */
  damaged: (damage: Error) => new ServiceError("DataCorruptedException", damage.message, { cause: damage }),
  conflict: (why: string) => new ServiceError("ConflictException", why),
  badToken: () => new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'"),
  noResource: (arn: string) =>
    new ServiceError("ResourceNotFound", `Resource not found: '${arn}'`, { fields: { resourceName: arn } }),
  machineExists: (arn: string) =>
    new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`),
  machineDeleting: (arn: string) => new ServiceError("StateMachineDeleting", `State Machine is deleting: '${arn}'`),
  noMachine: (arn: string) => new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`),
  wrongType: () =>
    new ServiceError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"),
  taskGone: () => new ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"),
  tooManyTags: (arn: string) => new ServiceError("TooManyTags", `Too many tags on resource: '${arn}'`),
  quota: (why: string) => new ServiceError("ServiceQuotaExceededException", why),
  invalid: (why: string, reason?: ValidationReason) =>
    new ServiceError("ValidationException", why, reason === undefined ? {} : { fields: { reason } }),
} as const;

/** What a client sent, cut where it is long. */
function shown(text: string): string {
  return text === "" ? "nothing" : text.slice(0, 100);
}
