/** What of a case came out as recorded; undefined where the recording says nothing of it. */
export interface Verdict {
  /** Status, and output or error; the whole response of a TestState or validation case. */
  readonly result: boolean;
  readonly cause: boolean | undefined;
  /** The types of all events. */
  readonly types: boolean | undefined;
  /** Ids, predecessors and details of all events. */
  readonly details: boolean | undefined;
  /** The first difference, in words. */
  readonly difference: string | undefined;
  /** Why the recording was not taken at its word, where it was not. */
  readonly allowance?: string;
}

export const hasPassed = ({ result, cause, types, details }: Verdict): boolean =>
  result && cause !== false && types !== false && details !== false;
