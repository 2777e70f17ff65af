import type { EventRecord } from "../history/record.ts";
import type { Branch } from "./branch.ts";

/** Something to be done outside, once the events that call for it are durable. */
export interface Command {
  readonly branch: Branch;
  /** Does it. */
  execute(): void;
  /**
   * Takes what came of it from the history instead. `record` is the event that followed.
   *
   * @returns false if that event does not tell enough, so that the command is executed after all.
   */
  follow(record: EventRecord): boolean;
}
