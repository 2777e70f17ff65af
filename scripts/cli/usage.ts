import type { Command, CommanderError } from "commander";
import { UsageError } from "./exit-codes.ts";
import { commandName } from "./invocation.ts";

/**
 * What commander found wrong with a command line, in the words of other errors.
 * @param words the command line, without Node.js and the script
 */
export function usageErrorOf(error: CommanderError, program: Command, words: readonly string[]): UsageError {
  const [said = "", guess] = error.message.replace(/^error: /, "").split("\n");
  const text = said.replace(/\. Expected (.*?)\.$/, ": expected $1");
  const verb = program.commands.find((command) => command.name() === words[0]);
  const synonym = verb === undefined ? SYNONYMS[words[0] ?? ""] : undefined;
  const where = verb === undefined ? "" : `${verb.name()}: `;
  const advice = [
    ...(synonym === undefined ? [] : [`did you mean ${synonym}?`]),
    ...(guess === undefined || synonym !== undefined ? [] : [lowercased(guess.replace(/[()]/g, ""))]),
    adviceOn(text, verb, program),
  ];
  return new UsageError(`${where}${text}; ${advice.join("; ")}`);
}

/** What tools like this one call what is a verb here. */
const SYNONYMS: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  show: "summary",
  describe: "summary",
  info: "summary",
  inspect: "summary",
  log: "events",
  logs: "events",
  tail: "events --follow",
  watch: "events --follow",
  history: "events",
  ps: "list",
  ls: "list",
  runs: "list",
  stop: "cancel",
  kill: "cancel",
  abort: "cancel",
  continue: "resume",
  retry: "resume --new",
  restart: "resume --new",
  start: "run",
  submit: "run",
  recompile: "run",
  init: "pack",
  new: "pack",
  import: "pack",
  execute: "exec",
  check: "verify",
  validate: "verify",
  fsck: "verify",
  clean: "gc",
  prune: "gc",
  rm: "gc",
  server: "serve --sfn",
  sfn: "serve --sfn",
  api: "serve --api",
  output: "context",
  accept: "approve",
  deny: "reject",
});

function adviceOn(text: string, verb: Command | undefined, program: Command): string {
  const option = /^unknown option '(.*)'/.exec(text)?.[1];
  if (verb?.name() === "exec" && option !== undefined) {
    return `options of the program itself stand behind --, as in: ${commandName()} exec <run> -- ${option}`;
  }
  if (verb === undefined && option !== undefined && verbsWith(program, option).length > 0) {
    return `options stand behind the verb, as in: ${commandName()} ${verbsWith(program, option)[0]} ${option}`;
  }
  return `see ${commandName()} ${verb === undefined ? "" : `${verb.name()} `}--help`;
}

function verbsWith({ commands }: Command, option: string): string[] {
  return commands.flatMap((command) => (command.options.some(({ long }) => long === option) ? [command.name()] : []));
}

function lowercased(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
