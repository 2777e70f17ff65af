/**
 * StringMatches: `*` stands for any characters, none included; `\*` and `\\` stand for themselves (ASL: Choice
 * Rules). Linear in the text for each star, whatever the pattern.
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  const [first = "", ...rest] = literalParts(pattern);
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}

/** What stands between the stars. */
function literalParts(pattern: string): string[] {
  const parts = [""];
  for (let index = 0; index < pattern.length; index += 1) {
    let character = pattern.charAt(index);
    if (character === "*") {
      parts.push("");
      continue;
    }
    const next = pattern.charAt(index + 1);
    if (character === "\\" && (next === "*" || next === "\\")) {
      character = next;
      index += 1;
    }
    parts[parts.length - 1] += character;
  }
  return parts;
}

/** Whether a backslash stands before what it does not escape. */
export function hasOpenEscape(pattern: string): boolean {
  return /\\/.test(pattern.replaceAll(/\\[*\\]/g, ""));
}
