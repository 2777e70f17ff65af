import { expect, it } from "vitest";
import { onAbort } from "../../shared/kernel/signals.ts";

const listening = (...controllers: (AbortController | undefined)[]) => {
  const calls: string[] = [];
  const signals = controllers.map((controller) => controller?.signal);
  const stop = onAbort(signals, () => calls.push("aborted"));
  return { calls, stop };
};

it("calls when any of the signals is aborted, whichever it is", () => {
  for (const which of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()];
    const { calls } = listening(controllers[0], undefined, controllers[1]);
    expect(calls).toEqual([]);
    controllers[which]!.abort();
    expect(calls).toEqual(["aborted"]);
  }
});

it("calls at once where one is aborted already", () => {
  const aborted = new AbortController();
  aborted.abort();
  expect(listening(new AbortController(), aborted).calls).toEqual(["aborted"]);
});

it("listens to none of them any more once it is told to stop", () => {
  const controllers = [new AbortController(), new AbortController()];
  const { calls, stop } = listening(...controllers);
  stop();
  for (const controller of controllers) controller.abort();
  expect(calls).toEqual([]);
});
