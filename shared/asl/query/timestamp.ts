/** A moment, to the nanosecond. */
export interface Instant {
  /** Milliseconds since 1970, fraction dropped. */
  readonly milliseconds: number;
  /** What is left below the millisecond, in nanoseconds. */
  readonly nanoseconds: number;
}

/** ISO 8601 extended, with a time of day and an offset, as the RFC 3339 profile of the states language asks. */
const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Undefined if the text is no timestamp: another form, no offset, or a day or hour that does not exist. */
export function parseTimestamp(text: string): Instant | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 18 || offsetMinutes > 59) return undefined;
  const fraction = Number((match[7] ?? "").padEnd(9, "0"));
  const local = new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1_000;
  const offset = (match[8] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  return { milliseconds: local - offset + Math.floor(fraction / 1e6), nanoseconds: fraction % 1e6 };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Below, at or above zero as `left` is before, at or after `right`. */
export function compareInstants(left: Instant, right: Instant): number {
  return left.milliseconds - right.milliseconds || left.nanoseconds - right.nanoseconds;
}
