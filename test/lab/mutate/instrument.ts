import type { Mutant } from "./mutants.ts";

/** The name of the function that says whether the mutant of a number is on, and notes that it was reached. */
export const SWITCH = "__isMutated";

/**
 * The file with all of these mutants in it, each behind its switch, so that it is transformed and loaded as one text
 * whichever of them is tried.
 * @param numbers by mutant, what the switch is asked for
 */
export function instrument(source: string, mutants: readonly Mutant[], numbers: (mutant: Mutant) => number): string {
  // An anchor that surrounds another is written around it.
  const sorted = [...mutants].sort(
    (a, b) => a.anchor.from - b.anchor.from || b.anchor.to - a.anchor.to || rank(a) - rank(b),
  );
  return write(0, source.length, sorted);

  function write(from: number, to: number, within: readonly Mutant[]): string {
    let text = "";
    let at = from;
    for (let i = 0; i < within.length; ) {
      const mutant = within[i]!;
      const { anchor } = mutant;
      const inner = within.slice(i + 1).filter((each) => each.anchor.from < anchor.to);
      text += source.slice(at, anchor.from) + switched(mutant, write(anchor.from, anchor.to, inner));
      at = anchor.to;
      i += 1 + inner.length;
    }
    return text + source.slice(at, to);
  }

  function switched(mutant: Mutant, original: string): string {
    const isOn = `${SWITCH}(${numbers(mutant)})`;
    const { kind, from, to } = mutant.anchor;
    if (kind === "body") return `{if(${isOn})return;${original.slice(1)}`;
    if (kind === "statement") return `{if(${isOn}){}else{${original}}}`;
    const mutated = source.slice(from, mutant.start) + mutant.text + source.slice(mutant.end, to);
    return `(${isOn}?(${mutated}):(${original}))`;
  }
}

/** Of anchors with the same bounds, a statement surrounds its expression. */
function rank({ anchor }: Mutant): number {
  return anchor.kind === "expression" ? 1 : 0;
}
