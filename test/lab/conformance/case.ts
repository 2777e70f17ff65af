import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An execution, TestState call or validation recorded from AWS, as the case files hold it. */
export interface RecordedCase {
  readonly id: string;
  readonly kind: "execution" | "testState" | "validate" | "createInvalid";
  readonly family: string;
  readonly requires: readonly string[];
  readonly definition: unknown;
  /** The definition as it was sent, where that is not JSON or its text matters. */
  readonly definitionText?: string;
  readonly type?: "STANDARD" | "EXPRESS";
  readonly input?: unknown;
  readonly context?: {
    readonly Execution?: { readonly Id: string; readonly Name: string; readonly RoleArn: string };
    readonly StateMachine?: { readonly Id: string; readonly Name: string };
  };
  readonly mocks?: RecordedMocks;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly expected: RecordedOutcome;
  readonly source?: { readonly recorded?: string };
}

export interface RecordedMocks {
  readonly calls?: readonly RecordedCall[];
  readonly functions?: Readonly<Record<string, { readonly handler: string }>>;
  readonly s3?: readonly { readonly bucket: string; readonly key: string; readonly body: string }[];
}

/** One call of a task that AWS made, and what came back. */
export interface RecordedCall {
  readonly state?: string;
  readonly input?: unknown;
  readonly event?: string;
  readonly output?: unknown;
  readonly error?: string | null;
  readonly cause?: string;
  readonly timeout?: boolean;
  readonly unfinished?: boolean;
}

export interface RecordedOutcome {
  readonly status?: string;
  readonly output?: unknown;
  readonly outputWildcards?: readonly string[];
  readonly error?: string;
  readonly cause?: string;
  readonly historyEventTypes?: readonly string[];
  readonly events?: readonly RecordedEvent[];
  readonly eventOrder?: "total" | "concurrent" | "concurrent-ids-erased";
  readonly response?: Readonly<Record<string, unknown>>;
  readonly responseWildcards?: readonly string[];
}

export interface RecordedEvent {
  /** A number, or a list where the recording erased it. */
  readonly id: unknown;
  readonly prev: number;
  readonly type: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** All cases of a folder, in the order of their files. */
export function readCases(folder: string): RecordedCase[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
  return files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as RecordedCase[]);
}
