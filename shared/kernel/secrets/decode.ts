/** JSON's escapes and percent-encoded bytes: two ways in which a secret is written down without being readable. */
const ESCAPES = /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|(?:%[0-9a-fA-F]{2})+/g;
const CONTROLS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** JSON inside a string inside JSON inside a string; deeper than that is a way to hide, not a way to write. */
const MAX_LEVELS = 4;
const NONE: readonly View[] = [];

/** A text with its escapes resolved. */
export interface View {
  readonly text: string;
  /** Where in the text as it stands the character at this index comes from; the length's origin is the length. */
  readonly origin: (index: number) => number;
}

/** What a text says with its escapes resolved, once for each level of them; mostly nothing beyond the text itself. */
export function decodedViews(text: string): readonly View[] {
  if (!text.includes("\\") && !text.includes("%")) return NONE;
  const views: View[] = [];
  let outer: View = { text, origin: (index) => index };
  while (views.length < MAX_LEVELS && (outer.text.includes("\\") || outer.text.includes("%"))) {
    const inner = decodedView(outer);
    if (inner.text === outer.text) break;
    views.push(inner);
    outer = inner;
  }
  return views;
}

function decodedView(outer: View): View {
  const text = outer.text.replace(ESCAPES, decode);
  let origins: Uint32Array | undefined;
  return {
    text,
    origin: (index) => {
      origins ??= originsOf(outer.text, text.length);
      return outer.origin(origins[index]!);
    },
  };
}

function decode(written: string): string {
  if (written[0] === "%") return Buffer.from(written.replaceAll("%", ""), "hex").toString("utf8");
  if (written[1] === "u") return String.fromCharCode(Number.parseInt(written.slice(2), 16));
  return CONTROLS[written[1]!] ?? written[1]!;
}

function originsOf(text: string, decodedLength: number): Uint32Array {
  const origins = new Uint32Array(decodedLength + 1);
  let from = 0;
  let to = 0;
  const copyUntil = (end: number): void => {
    while (from < end) origins[to++] = from++;
  };
  for (const match of text.matchAll(ESCAPES)) {
    copyUntil(match.index);
    const end = match.index + match[0].length;
    for (const character of decode(match[0])) {
      for (let unit = 0; unit < character.length; unit++) origins[to++] = Math.min(from, end);
      from += match[0][0] === "%" ? 3 * Buffer.byteLength(character) : match[0].length;
    }
    from = end;
  }
  copyUntil(text.length);
  origins[to] = text.length;
  return origins;
}
