/** What a redaction leaves behind; it is no secret, wherever it stands. */
const MARKER = /\[redacted:[a-z0-9-]+\]/g;

/** What stands in place of a secret. */
export function marker(rule: string): string {
  return `[redacted:${rule}]`;
}

export function hasMarker(text: string): boolean {
  return text.includes("[redacted:");
}

/** The text without what redactions left behind. */
export function withoutMarkers(text: string): string {
  return hasMarker(text) ? text.replace(MARKER, "") : text;
}
