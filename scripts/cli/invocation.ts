import { basename, dirname, relative, sep } from "node:path";
import { type CliEnvironment, readEnvironment } from "./environment.ts";

/**
 * How a shell starts this program again from the folder it is in: as it was started.
 * @param script the file that Node.js runs, `process.argv[1]`
 * @param isByNpm whether a script of package.json started it
 */
export function commandName(
  script: string = process.argv[1] ?? "",
  isByNpm = readEnvironment().npmScript !== undefined,
): string {
  if (script.split(sep).includes("node_modules")) return "npx restep";
  // A link in a folder of programs has no extension.
  if (basename(script) === "restep") return "restep";
  if (!isByNpm) return `node ${shellWord(relative(process.cwd(), script))}`;
  // In dist/scripts. npm looks for it in this folder and those above.
  const root = dirname(dirname(dirname(script)));
  const isWithin = process.cwd() === root || process.cwd().startsWith(`${root}${sep}`);
  return isWithin ? "npm run -s restep --" : `npm --prefix ${shellWord(root)} run -s restep --`;
}

const shellWord = (text: string): string =>
  /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A message in which commands stand as they are typed here. Those who wrote it know this program as `restep` alone.
 * @param store how the command line says which, if it does
 */
export function asTypedHere(message: string, store: readonly string[] = []): string {
  return message.replaceAll(/`restep ([a-z][^`]*)`/g, (_, words: string) => {
    const isStoreless = /^(?:pack|keys)\b/.test(words);
    return `\`${[commandName(), words, ...(isStoreless ? [] : store)].join(" ")}\``;
  });
}

/** As a shell takes it. @param isCloud whether it was said by `--cloud` */
export function storeOption(store: string, isCloud = false): readonly string[] {
  if (isCloud) return ["--cloud"];
  return ["--store", shellWord(store)];
}

/** The scripts of package.json that are this program. */
const OUR_SCRIPTS = ["restep", "local"];

/**
 * Options that npm kept, since they stood before its `--`. They never come here, so without a word the run would go to
 * another store, or under its old id.
 * @param ours the long options of every verb, without dashes
 */
export function optionsLostToNpm({ npmScript, takenByNpm }: CliEnvironment, ours: readonly string[]): string[] {
  if (npmScript === undefined || !OUR_SCRIPTS.includes(npmScript)) return [];
  return ours.filter((name) => takenByNpm.includes(name) && !NPM_HAS.includes(name));
}

/** Options of npm's own by the same names, which may stand in its configuration. */
const NPM_HAS = ["json", "version", "help", "dry-run"];

/**
 * Options of npm's own that are ours too, which it was given and the verb was not: kept by npm, or of its configuration.
 * @param ours the long options of the verb, without dashes
 * @param words of the command line as it came here
 */
export function optionsSharedWithNpm(
  { npmScript, takenByNpm }: CliEnvironment,
  ours: readonly string[],
  words: readonly string[],
): string[] {
  if (npmScript === undefined || !OUR_SCRIPTS.includes(npmScript)) return [];
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  return ["json", "dry-run"].filter((name) => {
    return takenByNpm.includes(name) && ours.includes(name) && !own.includes(`--${name}`);
  });
}
