import type { SequencedEvent } from "../../contracts/event.ts";
import type { Gap } from "../../contracts/validation.ts";
import { textOf } from "./payload.ts";
import type { RunRecord } from "./record.ts";

/** What a run's functions were found to be. */
export function validationOf(event: SequencedEvent): NonNullable<RunRecord["validation"]> {
  const {
    verdict: _,
    missing,
    ...figures
  } = event.payload as unknown as {
    readonly missing?: readonly Gap[];
    readonly [figure: string]: unknown;
  };
  return {
    verdict: textOf(event, "verdict"),
    ...(missing === undefined ? {} : { missing }),
    figures: figures as Readonly<Record<string, number>>,
  };
}
