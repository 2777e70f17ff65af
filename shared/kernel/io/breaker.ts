import type { CircuitBreakerPolicy } from "cockatiel";
import type { BreakerSettings } from "../../contracts/io-settings.ts";
import { CircuitOpen, TransportFailed } from "./errors.ts";

/** A circuit changed its state: `open` refuses calls, `half_open` lets one through to see. */
export interface CircuitChange {
  readonly service: string;
  readonly state: "open" | "half_open" | "closed";
}

/** One circuit breaker for each service, kept for as long as this process lives. */
export interface Breakers {
  /**
   * Makes a call to a service, unless its circuit is open. TransportFailed counts as a failure of the service; any other
   * error is an answer.
   * @throws {CircuitOpen}
   */
  run<T>(service: string, call: () => Promise<T>, onChange: (change: CircuitChange) => void): Promise<T>;
}

interface Circuit {
  readonly policy: CircuitBreakerPolicy;
  readonly changes: CircuitChange[];
  openedAt: number;
}

/** Most runs call no service. */
const library = () => import("./circuit-policy.ts");
type Library = Awaited<ReturnType<typeof library>>;

export function createBreakers(settings: BreakerSettings): Breakers {
  const circuits = new Map<string, Circuit>();
  let loaded: Library | undefined;
  const circuitOf = (service: string, { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll }: Library) => {
    const known = circuits.get(service);
    if (known !== undefined) return known;
    const states = new Map<unknown, CircuitChange["state"]>([
      [CircuitState.Open, "open"],
      [CircuitState.HalfOpen, "half_open"],
      [CircuitState.Closed, "closed"],
    ]);
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: settings.half_open_after_ms,
      breaker: new ConsecutiveBreaker(settings.failures),
    });
    const circuit: Circuit = { policy, changes: [], openedAt: 0 };
    policy.onStateChange((to) => {
      const state = states.get(to);
      // As the policy does: it takes no clock.
      if (state === "open") circuit.openedAt = Date.now();
      if (state !== undefined) circuit.changes.push({ service, state });
    });
    circuits.set(service, circuit);
    return circuit;
  };
  return {
    async run(service, call, onChange) {
      loaded ??= await library();
      const { BrokenCircuitError } = loaded;
      const circuit = circuitOf(service, loaded);
      try {
        const ended = await circuit.policy.execute(() => settle(call));
        if ("error" in ended) throw ended.error;
        return ended.value;
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw new CircuitOpen(service, Math.max(0, circuit.openedAt + settings.half_open_after_ms - Date.now()));
      } finally {
        for (const change of circuit.changes.splice(0)) onChange(change);
      }
    },
  };
}

/** An error that is an answer goes through as a value: the service is there, so it ends a row of failures. */
async function settle<T>(call: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await call() };
  } catch (error) {
    if (error instanceof TransportFailed) throw error;
    return { error };
  }
}
