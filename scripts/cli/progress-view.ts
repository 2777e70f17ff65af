import { createLogUpdate } from "log-update";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { type Clock, systemClock } from "../../shared/stores/clock.ts";
import { say } from "./context.ts";
import { Progress } from "./progress.ts";
import { visibleText } from "./visible-text.ts";

/** Shows progress on standard error: redrawn in place on a terminal, one line for each stage that ends elsewhere. */
export interface ProgressView {
  /** An event from before this process: it is not shown, but counted. */
  before(event: EventEnvelope): void;
  take(event: EventEnvelope): void;
  /** Leaves what is shown on the screen. */
  end(): void;
}

/** What draws a text over the one before. */
type Draw = ((text: string) => void) & { done(): void };

/** Milliseconds. */
const TICK = 250;

export function progressView(
  isTerminal: boolean,
  clock: Pick<Clock, "now" | "every"> = systemClock,
  draw: Draw | undefined = isTerminal ? createLogUpdate(process.stderr) : undefined,
): ProgressView {
  const progress = new Progress();
  let head: string | undefined;
  /** The first line: which run it is, and what need not be done again. */
  const begin = ({ run_id: runId }: EventEnvelope): string | undefined => {
    if (head !== undefined) return undefined;
    const done = progress.done();
    head = done.length === 0 ? `Run ${runId}` : `Run ${runId} goes on behind ${done.join(", ")}`;
    progress.goOn(clock.now());
    return head;
  };
  const before = (event: EventEnvelope) => void progress.take(event);
  if (draw === undefined) {
    return {
      before,
      take(event) {
        const first = begin(event);
        if (first !== undefined) say(first);
        const ended = progress.take(event);
        if (ended !== undefined) say(progress.line(ended));
      },
      end() {},
    };
  }
  const redraw = () => head !== undefined && draw(visibleText([head, ...progress.lines(clock.now())].join("\n")));
  const stop = clock.every(TICK, redraw);
  return {
    before,
    take(event) {
      begin(event);
      progress.take(event);
      redraw();
    },
    end() {
      stop();
      // As of the last event: what is left on the screen is not under way any more.
      if (head !== undefined) draw(visibleText([head, ...progress.lines()].join("\n")));
      draw.done();
    },
  };
}
