/** `npm run on-node -- 24 npm test`: runs a command with another version of Node, fetched from npm when it is first asked for. */

import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";
import { binFolder, fetchNode, NODE_MAJORS } from "./nodes.ts";

const [version, command = "node", ...args] = process.argv.slice(2);
const say = (line: string) => void process.stderr.write(`${line}\n`);
const major = NODE_MAJORS.find((each) => String(each) === version);
if (major === undefined) {
  say(
    `on-node: expected one of ${NODE_MAJORS.join(", ")}, found ${version ?? "nothing"}: npm run on-node -- 24 npm test`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = run(fetchNode(major, say));
}

function run(found: ReturnType<typeof fetchNode>): number {
  if ("missing" in found) {
    say(`on-node: ${found.missing}`);
    return 1;
  }
  const { error, status } = spawnSync(command, args.length === 0 && command === "node" ? ["--version"] : args, {
    stdio: "inherit",
    env: { ...process.env, PATH: `${binFolder(found)}${delimiter}${process.env.PATH ?? ""}` },
  });
  if (error) say(`on-node: ${error.message}`);
  return status ?? 1;
}
