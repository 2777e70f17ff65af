/** What a stage warned of, however often: the first message stands for all with its code. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

/** What an attempt tells of itself to those who watch. It never carries what a later stage needs. */
export interface TelemetryState {
  readonly counters: ReadonlyMap<string, number>;
  readonly warnings: readonly Warning[];
  /** Snapshots of what a stage saw, for a person; kept with a failure. */
  readonly diagnostics: ReadonlyMap<string, unknown>;
}

/** A stage's side of it. */
export interface StageTelemetry {
  count(counter: string, by?: number): void;
  /** @param code the same for all warnings of a kind: they are told as one, with their number */
  warn(code: string, message: string): void;
  diagnose(name: string, value: unknown): void;
}

/** More kinds than these are one kind, `other`: an event stays small whatever a stage does. */
const MOST_CODES = 20;
const MOST_CHARACTERS = 500;

export function createTelemetry(): StageTelemetry & { readonly state: TelemetryState } {
  const counters = new Map<string, number>();
  const warnings = new Map<string, { code: string; message: string; count: number }>();
  const diagnostics = new Map<string, unknown>();
  return {
    state: {
      counters,
      get warnings() {
        return [...warnings.values()];
      },
      diagnostics,
    },
    count: (counter, by = 1) => void counters.set(counter, (counters.get(counter) ?? 0) + by),
    warn(asked, message) {
      const code = warnings.has(asked) || warnings.size < MOST_CODES ? asked : "other";
      const before = warnings.get(code);
      if (before !== undefined) before.count++;
      else warnings.set(code, { code, message: message.slice(0, MOST_CHARACTERS), count: 1 });
    },
    diagnose: (name, value) => void diagnostics.set(name, asJson(value)),
  };
}

/** As it is now: what comes after does not change it, and whatever keeps it can. */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return String(value);
  }
}
