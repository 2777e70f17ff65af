/** One group that is open: whether letters in it are of either case, and whether a dot is any character. */
interface Scope {
  isCaseless: boolean;
  isDotAll: boolean;
}

/**
 * A pattern of Go's RE2 in JavaScript's words, which has no flags for a part of a pattern on Node 20: letters of either
 * case are written out.
 * @param isCaseless whether it begins under `(?i)`
 */
export function toJavaScript(pattern: string, isCaseless: boolean): string {
  const scopes: Scope[] = [{ isCaseless, isDotAll: false }];
  let out = "";
  let at = 0;
  const top = () => scopes.at(-1)!;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const flags = /^\(\?(-?)([is])([:)])/.exec(rest);
    if (flags !== null) {
      const [all, minus, flag, end] = flags;
      const field = flag === "i" ? "isCaseless" : "isDotAll";
      const scope = { ...top(), [field]: minus === "" };
      if (end === ":") {
        scopes.push(scope);
        out += "(?:";
      } else scopes[scopes.length - 1] = scope;
      at += all.length;
    } else if (rest.startsWith("[")) {
      const end = classEnd(pattern, at);
      out += classOf(pattern.slice(at, end), top().isCaseless);
      at = end;
    } else if (rest.startsWith("\\")) {
      const escaped = /^\\(?:x[0-9a-f]{2}|.)/i.exec(rest)![0];
      out += escaped === "\\z" ? "$" : escaped;
      at += escaped.length;
    } else if (rest.startsWith("(")) {
      const opening = /^\((?:\?P<\w+>|\?:)?/.exec(rest)![0];
      scopes.push({ ...top() });
      out += opening.startsWith("(?P") ? "(?:" : opening;
      at += opening.length;
    } else {
      const character = rest[0]!;
      if (character === ")") scopes.pop();
      if (character === "." && top().isDotAll) out += "[^]";
      else if (top().isCaseless && /[a-z]/i.test(character))
        out += `[${character.toLowerCase()}${character.toUpperCase()}]`;
      else out += character;
      at++;
    }
  }
  return out;
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  for (; pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern.startsWith("[:", at)) at = pattern.indexOf(":]", at) + 1;
  }
  return at + 1;
}

function classOf(text: string, isCaseless: boolean): string {
  const named = text.replace("[:alnum:]", "A-Za-z0-9").replaceAll("[", "\\[").replace(/^\\\[/, "[");
  if (!isCaseless) return named;
  const other = (letters: string) => (/[a-z]/.test(letters) ? letters.toUpperCase() : letters.toLowerCase());
  const added = [...named.matchAll(/\\x[0-9a-f]{2}|\\.|[a-z]-[a-z]|[A-Z]-[A-Z]|[a-z]/gi)]
    .map(([part]) => part)
    .filter((part) => !part.startsWith("\\") && !named.includes(other(part)));
  return named.replace(/^\[\^?/, (opening) => opening + added.map(other).join(""));
}
