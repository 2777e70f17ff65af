// Runs the workflow, or goes on with it, and is killed: `killed-process INTERPRETER FOLDER WRITES BEGAN`. The attempts it
// begins go to the file BEGAN, and the output to standard output, if it comes to that.
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./workload.mjs";

const [interpreter, folder, writes, began] = process.argv.slice(2);
const asl = await import(interpreter);
let left = Number(writes);

/** A log, and the logs opened from it, that end this process when so many writes are on disk. */
function deadly(log) {
  return {
    read: () => log.read(),
    stream: () => log.stream(),
    open: (name) => deadly(log.open(name)),
    append: async (batch) => {
      await log.append(batch);
      left -= 1;
      if (left === 0) process.kill(process.pid, "SIGKILL");
    },
  };
}

/** Tokens are with those who were given them, and outlive this process. */
const tokensFile = join(folder, "tokens.txt");
const tokens = new Set(readFileSync(tokensFile, { encoding: "utf8", flag: "a+" }).split("\n").filter(Boolean));
const givenTokens = {
  [Symbol.iterator]: () => tokens.values(),
  add(token) {
    if (!tokens.has(token)) appendFileSync(tokensFile, `${token}\n`);
    tokens.add(token);
  },
};

const history = deadly(asl.fileHistoryLog(join(folder, "history.jsonl")));
const result = await run(asl, history, (attempt) => appendFileSync(began, `${attempt}\n`), givenTokens);
process.stdout.write(JSON.stringify({ status: result.status, output: result.output }));
