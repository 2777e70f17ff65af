import type { Entropy } from "../query/index.ts";

/** Who an execution is. */
export interface ExecutionIdentity {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** The Map Run it is a child of, and which of its children it is; undefined for one that is none. */
  readonly child?: { readonly mapRunArn: string; readonly index: number } | undefined;
}

/** How an execution is named, as far as it is said. */
export interface IdentityOptions {
  /** Name of the execution, unique for its state machine. Default: a new UUID. */
  readonly name?: string;
  /** Name of the state machine; ARNs are made from it. Default `StateMachine`. */
  readonly stateMachineName?: string;
  readonly roleArn?: string;
  /** ARN of the execution, if the default of region, account and names does not do. */
  readonly executionArn?: string;
  readonly stateMachineArn?: string;
}

/** What names are made from that are not given. */
interface NamingDefaults {
  readonly entropy: Pick<Entropy, "uuid">;
  readonly region: string;
  readonly accountId: string;
  readonly defaultRoleArn: string;
}

/**
 * The identity of an execution that was started by itself. Names are made when asked for: an execution in memory mostly
 * runs without.
 */
export class NamedIdentity implements ExecutionIdentity {
  readonly #options: IdentityOptions;
  readonly #defaults: NamingDefaults;
  #name: string | undefined;

  constructor(options: IdentityOptions, defaults: NamingDefaults) {
    this.#options = options;
    this.#defaults = defaults;
    this.#name = options.name;
  }

  get name(): string {
    this.#name ??= this.#defaults.entropy.uuid();
    return this.#name;
  }

  get arn(): string {
    return this.#options.executionArn ?? `${this.#prefix}:execution:${this.stateMachineName}:${this.name}`;
  }

  get stateMachineName(): string {
    return this.#options.stateMachineName ?? "StateMachine";
  }

  get stateMachineArn(): string {
    return this.#options.stateMachineArn ?? `${this.#prefix}:stateMachine:${this.stateMachineName}`;
  }

  get roleArn(): string {
    return this.#options.roleArn ?? this.#defaults.defaultRoleArn;
  }

  get #prefix(): string {
    return `arn:aws:states:${this.#defaults.region}:${this.#defaults.accountId}`;
  }
}
