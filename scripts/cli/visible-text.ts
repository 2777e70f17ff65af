/** Text of manifests, guests and logs on a terminal: shown, never obeyed. */

/** The colours of `styleText` that this command line paints with, on and off again. */
const OWN_STYLES: ReadonlySet<string> = new Set([2, 22, 31, 32, 33, 39].map((code) => `\u001b[${code}m`));

/** A control character other than tab and newline, with what makes it a colour; the line ends of Unicode, what turns the direction of writing. */
const OBEYED = /(?![\t\n])\p{Cc}(?:\[\d+m)?|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Writes out what a terminal would obey: an escape character becomes `\\u001b`. Where the text is JSON that is the same value:
 * such characters stand in its strings alone.
 */
export function visibleText(text: string): string {
  return text.replace(OBEYED, (found) => (OWN_STYLES.has(found) ? found : written(found)));
}

function written(found: string): string {
  const first = `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${first}${found.slice(1)}`;
}
