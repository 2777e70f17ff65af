const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, PLUS, MINUS, DOT, ZERO, NINE, COLON] = [0x22, 0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x3a];
const [CAPITAL_E, BACKSLASH, SMALL_E] = [0x45, 0x5c, 0x65];

/** A whole number of so many characters is spelt by a double as it was. */
const LONGEST_PLAIN = 15;

/** Units of a string that are looked at one by one: most end before, and none that is an index is longer but by escapes. */
const SHORT = 64;

/**
 * Whether `JSON.stringify` might write a text otherwise than it is, once `JSON.parse` has read it, apart from its blanks and
 * escapes: for a number that is spelt otherwise, or a key that is a whole number, which an object lists first.
 *
 * @param text JSON. To look through it takes about as long as to read it.
 */
export function mayChange(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const end = endOfString(text, at + 1);
      if (end < 0) {
        if (isKey(text, -end)) return true;
        at = -end - 1;
      } else at = end - 1;
    } else if (isDigit(unit) || unit === MINUS) {
      const end = endOfNumber(text, at + 1);
      if ((end < 0 || end - at > LONGEST_PLAIN || unit === MINUS) && isSpeltOtherwise(text.slice(at, Math.abs(end)))) {
        return true;
      }
      at = Math.abs(end) - 1;
    }
  }
  return false;
}

const isDigit = (unit: number): boolean => unit >= ZERO && unit <= NINE;

/** Whether a double spells a number otherwise. `-0` is the whole number 0, as AWS reads it: `-0` became 0 in a recording. */
export const isSpeltOtherwise = (number: string): boolean => String(Number(number)) !== number && number !== "-0";

/** The position behind the string that starts here; negative of one that is made of digits, or of escapes that may be some. */
function endOfString(text: string, start: number): number {
  let isIndex = true;
  for (let at = start; at < start + SHORT; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return isIndex && at > start ? -(at + 1) : at + 1;
    if (unit === BACKSLASH) at++;
    else if (!isDigit(unit)) isIndex = false;
  }
  return endOfLong(text, start);
}

function endOfLong(text: string, start: number): number {
  let end = text.indexOf('"', start);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands before a place in a string. */
export function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

/** The position behind the number; negative of one with a fraction or an exponent. */
function endOfNumber(text: string, start: number): number {
  let isWhole = true;
  for (let at = start; ; at++) {
    const unit = text.charCodeAt(at);
    if (isDigit(unit)) continue;
    if (unit !== DOT && unit !== SMALL_E && unit !== CAPITAL_E && unit !== PLUS && unit !== MINUS) {
      return isWhole ? at : -at;
    }
    isWhole = false;
  }
}

function isKey(text: string, behind: number): boolean {
  let at = behind;
  for (; ; at++) {
    const unit = text.charCodeAt(at);
    if (unit !== SPACE && unit !== TAB && unit !== LINE_FEED && unit !== RETURN) return unit === COLON;
  }
}
