import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { WorkingTimes } from "../../shared/runs/working-times.ts";

/** Of a whole log. */
export function timesOf(events: Iterable<EventEnvelope>): WorkingTimes {
  const times = new WorkingTimes();
  for (const event of events) times.take(event);
  return times;
}
