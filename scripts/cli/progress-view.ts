import { createLogUpdate } from "log-update";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { say } from "./context.ts";
import { Progress } from "./progress.ts";

/** Shows progress on standard error: redrawn in place on a terminal, one line for each stage that ends elsewhere. */
export interface ProgressView {
  take(event: EventEnvelope): void;
  /** Leaves what is shown on the screen. */
  end(): void;
}

export function progressView(isTerminal: boolean): ProgressView {
  const progress = new Progress();
  if (!isTerminal) {
    return {
      take(event) {
        const ended = progress.take(event);
        if (ended !== undefined) say(progress.line(ended));
      },
      end() {},
    };
  }
  const draw = createLogUpdate(process.stderr);
  return {
    take(event) {
      progress.take(event);
      draw(progress.lines().join("\n"));
    },
    end: () => draw.done(),
  };
}
