import type { FactIndex, FactIndexEntry, FactKey } from "../../contracts/facts.ts";

/** The recorded facts of a run, to look up. */
export interface FactLookup {
  /**
   * The fact that answers a call: that of the highest attempt up to this one, in it the one recorded last. Errors answer
   * in their own attempt alone, and only where `withErrors`: live, what failed is tried again.
   */
  answer(
    call: { readonly key: FactKey; readonly requestSha256: string; readonly attempt: number },
    options: { readonly withErrors: boolean },
  ): FactIndexEntry | undefined;
  /** The last response under a key in the attempts up to this one, whatever was asked. */
  lastResponse(key: FactKey, attempt: number): FactIndexEntry | undefined;
  /** Everything under a key, in the order of the log. */
  under(key: FactKey): readonly FactIndexEntry[];
}

/** @param facts in the order of the log */
export function lookUpIn(facts: readonly FactIndexEntry[]): FactLookup {
  const byKey = new Map<FactKey, FactIndexEntry[]>();
  for (const fact of facts) {
    const known = byKey.get(fact.key);
    if (known === undefined) byKey.set(fact.key, [fact]);
    else known.push(fact);
  }
  const under = (key: FactKey) => byKey.get(key) ?? [];
  return {
    answer: ({ key, requestSha256, attempt }, { withErrors }) =>
      latest(
        under(key).filter(
          (fact) =>
            fact.request_sha256 === requestSha256 &&
            (fact.outcome === "response" ? fact.attempt <= attempt : withErrors && fact.attempt === attempt),
        ),
      ),
    lastResponse: (key, attempt) =>
      latest(under(key).filter((fact) => fact.outcome === "response" && fact.attempt <= attempt)),
    under,
  };
}

/** The document that another run replays from. @param facts in the order of the log */
export function factIndex(facts: readonly FactIndexEntry[]): FactIndex {
  const sorted = [...facts].sort((a, b) => (a.key === b.key ? a.attempt - b.attempt : a.key < b.key ? -1 : 1));
  return { schema_version: 1, facts: sorted };
}

function latest(facts: readonly FactIndexEntry[]): FactIndexEntry | undefined {
  return facts.reduce<FactIndexEntry | undefined>(
    (best, fact) => (best === undefined || fact.attempt >= best.attempt ? fact : best),
    undefined,
  );
}
