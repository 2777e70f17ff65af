import { describe, expect, it } from "vitest";
import { redact } from "../../shared/kernel/secrets/redact.ts";
import { createLogger, type RedactLine } from "../../shared/telemetry/logger.ts";

const KEY = "hV7+q2LxPz9/RkT4wYb1Nc8sJd3Gf6Ue0AmIoXtE5vQ=";
const WORD = "correct horse";
const options = { declared: [WORD] };

/** What a logger wrote. */
function capture(fields: Record<string, unknown>, redactLine?: RedactLine) {
  const written: string[] = [];
  const logger = createLogger("info", fields, { write: (line) => written.push(line) }, redactLine);
  return { logger, written, lines: () => written.map((line) => JSON.parse(line)) };
}

describe("a log line", () => {
  it("is one line of JSON with time, level, base fields, fields and message", () => {
    const { logger, written, lines } = capture({ run_id: "r" }, (line) => redact(line, options));
    logger.warn({ shard: 3 }, "went on");
    expect(written[0]).toMatch(/^[^\n]*\n$/);
    expect(lines()).toEqual([
      { level: 40, time: expect.stringMatching(/^\d{4}-.*Z$/), run_id: "r", shard: 3, msg: "went on" },
    ]);
  });

  it("is redacted in its message, its fields, its keys, its base fields and its errors", () => {
    const { logger, written, lines } = capture({ worker: `on ${WORD}` }, (line) => redact(line, options));
    logger.error(
      {
        password: KEY,
        [WORD]: 1,
        nested: { list: [`api_key=${KEY}`] },
        err: new Error(`cannot open ${WORD}`),
        at: new URL(`https://a/?token=${KEY}`),
      },
      `the ${WORD} was refused`,
    );
    expect(written.join("")).not.toMatch(/hV7|correct|horse/);
    expect(lines()[0]).toMatchObject({
      worker: "on [redacted:declared-value]",
      password: "[redacted:named-secret]",
      "[redacted:declared-value]": 1,
      nested: { list: ["api_key=[redacted:named-secret]"] },
      err: { type: "Error", message: "cannot open [redacted:declared-value]" },
      msg: "the [redacted:declared-value] was refused",
    });
  });

  it("that is clean is written byte for byte as without redaction", () => {
    const clean = capture({ run_id: "r" }, (line) => redact(line, options));
    clean.logger.info({ text: "a/b é \u2028", number: 1 }, "went on");
    expect(clean.written[0]).toContain('"text":"a/b é \u2028","number":1,"msg":"went on"}\n');
  });

  it("is withheld when it cannot be redacted, and logging goes on", () => {
    const { logger, lines } = capture({}, () => {
      throw new TypeError(`broken by ${WORD}`);
    });
    logger.info({ text: WORD }, WORD);
    logger.info({}, "again");
    expect(lines().map(({ msg }) => msg)).toEqual(
      Array(2).fill("a log line was withheld: TypeError while redacting it"),
    );
    expect(JSON.stringify(lines())).not.toContain(WORD);
  });

  it("below the level is not written", () => {
    const written: string[] = [];
    const logger = createLogger("error", {}, { write: (line) => written.push(line) }, (line) => redact(line));
    logger.info({}, "quiet");
    expect(written).toEqual([]);
  });
});
