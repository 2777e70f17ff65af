import {
  type BusEvent,
  Interpreter,
  type LocalServices,
  localServices,
  type Message,
  memoryObjectStore,
  memoryTableStore,
  routeByService,
  ServiceRefusal,
} from "../../../shared/asl/index.ts";
import { machineOf } from "../interpreter/running.ts";

/** Services in memory, and what was sent to them. @param change others in their place, or none */
export function services(change: { readonly [Name in keyof LocalServices]?: LocalServices[Name] | undefined } = {}) {
  const objects = memoryObjectStore([
    { bucket: "b", key: "a/1", body: "one" },
    { bucket: "b", key: "a/2", body: "two" },
  ]);
  const queued: Message[] = [];
  const published: Message[] = [];
  const events: BusEvent[] = [];
  const resolver = routeByService(
    localServices({
      objects,
      tables: memoryTableStore({ things: ["id"], pairs: ["id", "sort"] }),
      onQueueMessage: (message) => {
        if (message.target.endsWith("gone")) throw new ServiceRefusal("QueueDoesNotExist", "The queue does not exist.");
        queued.push(message);
      },
      onTopicMessage: (message) => void published.push(message),
      onEvent: (event) => void events.push(event),
      ...change,
    } as LocalServices),
  );
  const interpreter = new Interpreter({ resolver });
  const call = (resource: string, Parameters: object) =>
    interpreter.run(
      machineOf({ A: { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters, End: true } }),
    );
  return { objects, queued, published, events, call };
}
