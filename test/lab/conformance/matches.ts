/** `<...>` in a recorded string stands for a value that differed from run to run. */
const PLACEHOLDER = /<<?[A-Za-z][\w .$-]*>?(?::\d+)?>/g;
/** Words the recording put in place of a moment in time. */
const TIME_WORDS: ReadonlySet<string> = new Set(["date", "timestamp"]);

export interface MatchOptions {
  /** JSON pointers of values that may be anything. */
  readonly wildcards?: ReadonlySet<string>;
  /** Strings of the replayed input, and what the recording has in their place. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Words that stand for any value: what the recording has where the output may be anything. */
  readonly words?: ReadonlySet<unknown>;
  /** Also reads words the recording put in place of a value: `date`, or the name of the field. */
  readonly readsWords?: boolean;
}

/** Whether a value is what was recorded, as far as the recording says. */
export function matches(expected: unknown, actual: unknown, options: MatchOptions = {}, pointer = ""): boolean {
  if (options.wildcards?.has(pointer)) return actual !== undefined;
  if (typeof expected === "string" && options.words?.has(expected)) return actual !== undefined;
  // Of a response that is not among the mocks, the length is not known.
  if (pointer.includes("/SdkHttpMetadata/") && pointer.includes("/Content-Length")) return actual !== undefined;
  if (typeof expected === "string" && typeof actual === "string") {
    return matchesText(expected, actual, options, pointer.slice(pointer.lastIndexOf("/") + 1));
  }
  if (
    options.readsWords &&
    typeof expected === "string" &&
    isWordFor(expected, pointer.slice(pointer.lastIndexOf("/") + 1))
  )
    return true;
  if (typeof expected !== "object" || typeof actual !== "object" || expected === null || actual === null) {
    return expected === actual;
  }
  if (Array.isArray(expected) || Array.isArray(actual)) {
    if (!Array.isArray(expected) || !Array.isArray(actual) || expected.length !== actual.length) return false;
    return expected.every((item, index) => matches(item, actual[index], options, `${pointer}/${index}`));
  }
  const keys = Object.keys(expected);
  const found = actual as Readonly<Record<string, unknown>>;
  if (keys.length !== Object.keys(found).filter((key) => found[key] !== undefined).length) return false;
  return keys.every((key) =>
    matches((expected as Readonly<Record<string, unknown>>)[key], found[key], options, `${pointer}/${escaped(key)}`),
  );
}

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

function matchesText(expected: string, actual: string, options: MatchOptions, field: string): boolean {
  if (expected === actual || options.aliases?.get(actual) === expected) return true;
  const expectedJson = parseContainer(expected);
  const actualJson = parseContainer(actual);
  // Within JSON text, neither white space nor the order of fields is significant.
  if (expectedJson !== undefined && actualJson !== undefined) return matches(expectedJson, actualJson, options);
  if (options.readsWords && isWordFor(expected, field)) return true;
  if (matchesPlaceholders(expected, actual)) return true;
  for (const [replayed, recorded] of options.aliases ?? []) {
    if (actual.includes(replayed) && matchesPlaceholders(expected, actual.replaceAll(replayed, recorded))) return true;
  }
  return false;
}

function matchesPlaceholders(expected: string, actual: string): boolean {
  const literals = expected.split(PLACEHOLDER);
  if (literals.length === 1) return expected === actual;
  const pattern = literals.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[\\s\\S]*?");
  return new RegExp(`^${pattern}$`).test(actual);
}

/** `start-date` for StartDate, `x-amzn-RequestId` for itself, `date` for any moment. */
function isWordFor(expected: string, field: string): boolean {
  return TIME_WORDS.has(expected) || plain(expected) === plain(field);
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z\d]/g, "");

function parseContainer(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
