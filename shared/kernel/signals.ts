/**
 * Calls when any of the signals is aborted, at once where one is.
 * AbortSignal.any would hang a new signal on those of the process for every attempt.
 * @returns stops listening
 */
export function onAbort(signals: readonly (AbortSignal | undefined)[], call: () => void): () => void {
  for (const signal of signals) {
    if (signal?.aborted) call();
    signal?.addEventListener("abort", call);
  }
  return () => {
    for (const signal of signals) signal?.removeEventListener("abort", call);
  };
}
