import {
  type ErrorMeaning,
  type ErrorName,
  type ErrorRoom,
  errorMeanings,
} from "../../shared/contracts/error-registry.ts";
import {
  CONTRACT_CATEGORIES,
  CONTRACT_VARIANTS,
  RUNNER_CLASSES,
  runnerClassOf,
} from "../../shared/contracts/error-words.ts";
import { exitCodeOfName } from "../cli/exit-codes.ts";
import { ERROR_ADVICE } from "./error-advice.ts";

const HEAD = `# Errors

Written by \`npm run docs\` from \`shared/contracts/error-registry.ts\`, the one place that says what an error means.

An error has a name, which is what \`Retry\` and \`Catch\` match, here and in AWS, and a code, stable where the message is
not. It means the same wherever it is thrown: on the command line, in a stage, in a worker thread or in Lambda.

- **retried**: the same attempt is made again, with exponential backoff, full jitter and a cap, until the run's budget is
  used up. These names are the \`Retry\` lists of the state machines.
- **exit**: what a process ends with that ends on the error, and what \`restep run\` and \`resume\` end with for a run that
  failed with it: 2 where what was handed in is wrong, 4 where somebody cancelled it, 1 otherwise. A binary that is no ELF file exits with 2 from
  \`pack\`, and with 2 from a run that finds it at its intake.
- **run**: what the error means for the run it happens in. \`verdict\`: the attempt failed; at a hard gate, the gate said no.
  \`quarantine\`: so it is, and the artifact is set aside. \`no_verdict\`: the attempt failed, which says nothing of what a
  gate judges. \`stops\`: no retry in this process mends it; the process ends, and the run can be resumed.
- **shown**: the details that \`--json\` shows. Others may hold text from outside, and stay in the run's log.

Lambda reports of an error its name, message and trace. Code, category and retry class follow from the name; what was
more is in the log, where the attempt recorded it.

A new error is a class, its row in the registry, a line in \`scripts/docs/error-advice.ts\` and a sample in
\`test/error-samples.ts\`; then \`npm run docs\`. Without these it does not compile, and without the page the tests fail.
`;

const ROOMS: Readonly<Record<ErrorRoom, string>> = {
  kernel: "The run",
  stores: "Stores",
  runs: "Runs",
  scripts: "The command line",
  recompiler: "The recompiler",
  asl: "State machines",
  aws: "AWS",
};

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const meanings = errorMeanings();
  const sections = (Object.keys(ROOMS) as ErrorRoom[]).map((room) => {
    const rows = meanings.filter((row) => row.room === room);
    return `## ${ROOMS[room]}\n\n${table(COLUMNS, rows.map(cellsOf))}`;
  });
  return [HEAD, ...sections, contractWords(), runnerWords(meanings)].join("\n");
}

const COLUMNS = ["name", "code", "category", "retried", "exit", "run", "shown", "what it says, and what to do"];

function cellsOf({ name, codes, category, retry, effect, shown }: ErrorMeaning): string[] {
  return [
    code(name),
    codes.map(code).join(", "),
    category,
    retry === "never" ? "no" : "yes",
    String(exitCodeOfName(name)),
    effect,
    shown.map(code).join(", "),
    ERROR_ADVICE[name as ErrorName],
  ];
}

function contractWords(): string {
  const categories = Object.entries(CONTRACT_CATEGORIES).map(([theirs, ours]) => [
    code(theirs),
    ours.join(", ") || "-",
  ]);
  const variants = Object.entries(CONTRACT_VARIANTS).map(([theirs, ours]) => [code(theirs), ours.map(code).join(", ")]);
  return `## The machine contract's words

${table(["ErrorCategory", "category here"], categories)}
${table(["variant", "errors here"], variants)}`;
}

function runnerWords(meanings: readonly ErrorMeaning[]): string {
  const rows = [...RUNNER_CLASSES, undefined].map((each) => {
    const names = meanings.flatMap(({ name }) => (runnerClassOf(name as ErrorName) === each ? [code(name)] : []));
    return [each === undefined ? "none of them" : code(each), names.join(", ")];
  });
  return `## The pipeline runner's error classes

Only \`transient_io\` is retried; the others say why not. None of them means that time, retries or room were used up, that a
service refused, or that nobody knows what failed.

${table(["class", "errors here"], rows)}`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(columns) + line(columns.map(() => "---")).replaceAll(" --- ", "---") + rows.map(line).join("");
}

function code(text: string): string {
  return `\`${text}\``;
}
