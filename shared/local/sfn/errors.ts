/** Errors as the Step Functions API names them; the class of an SDK client's exception is the code. */
export type ErrorCode =
  | "ActivityAlreadyExists"
  | "ActivityDoesNotExist"
  | "ConflictException"
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
  | "MissingRequiredParameter"
  | "ResourceNotFound"
  | "SerializationException"
  | "StateMachineAlreadyExists"
  | "StateMachineDeleting"
  | "StateMachineDoesNotExist"
  | "StateMachineTypeNotSupported"
  | "TaskDoesNotExist"
  | "TaskTimedOut"
  | "TooManyTags"
  | "UnknownOperationException"
  | "ValidationException";

/** A refusal that the client is told of: HTTP status 400 and its code as `__type`. */
export class ServiceError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
  }
}

/** Messages in AWS's words, one row for each refusal that names a thing. */
export const refusals = {
  activityExists: (arn: string) => new ServiceError("ActivityAlreadyExists", `Activity Already Exists: '${arn}'`),
  noActivity: (arn: string) => new ServiceError("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`),
  executionExists: (arn: string) => new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`),
  noExecution: (arn: string) => new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`),
  notRedrivable: (reason: string) => new ServiceError("ExecutionNotRedrivable", reason),
  badArn: (why: string) => new ServiceError("InvalidArn", `Invalid Arn: '${why}'`),
  badInput: (why: string) =>
    new ServiceError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${why}'`),
  badName: (name: string) => new ServiceError("InvalidName", `Invalid Name: '${name}'`),
  badOutput: (why: string) => new ServiceError("InvalidOutput", `Invalid Output: '${why}'`),
  badToken: () => new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'"),
  noResource: (arn: string) => new ServiceError("ResourceNotFound", `Resource not found: '${arn}'`),
  machineExists: (arn: string) =>
    new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`),
  machineDeleting: (arn: string) => new ServiceError("StateMachineDeleting", `State Machine is deleting: '${arn}'`),
  noMachine: (arn: string) => new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`),
  wrongType: () =>
    new ServiceError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"),
  taskGone: () => new ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"),
  tooManyTags: (arn: string) => new ServiceError("TooManyTags", `Too many tags on resource: '${arn}'`),
  invalid: (why: string) => new ServiceError("ValidationException", why),
} as const;
