/**
 * `npm run jsonpath -- --jars DIR [--count N] [--seed N] [--record]`: compares paths with json-path 2.0.0, the library whose
 * dialect Step Functions shows (docs/decisions). DIR holds the jars of com.jayway.jsonpath:json-path:2.0.0, with Jackson
 * 2.4.6 (databind, core, annotations) and slf4j-api. `--record` writes anew what the tests compare with.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { agrees, ownAnswer } from "./jsonpath/compare.ts";
import { generateAsked } from "./jsonpath/generate.ts";
import { type Asked, answersOfPeer } from "./jsonpath/peer.ts";

const { values } = parseArgs({
  options: {
    jars: { type: "string" },
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    record: { type: "boolean", default: false },
  },
});
if (values.jars === undefined) {
  console.error("Usage: npm run jsonpath -- --jars DIR [--count N] [--seed N] [--record]");
  process.exit(2);
}

if (values.record) record(values.jars);
else compare(values.jars, generateAsked(Number(values.seed), Number(values.count)));

function record(jars: string): void {
  const file = fileURLToPath(new URL("../asl/query/jsonpath-recorded.json", import.meta.url));
  const { library, documents, cases } = JSON.parse(readFileSync(file, "utf8"));
  const asked: Asked[] = cases.map(([path, name]: [string, string]) => ({ path, document: documents[name] }));
  const answers = answersOfPeer(jars, asked);
  const recorded = cases.map(([path, name]: [string, string], index: number) => [path, name, answers[index]]);
  const lines = recorded.map((row: unknown) => `    ${JSON.stringify(row)}`).join(",\n");
  const head = `{\n  "library": ${JSON.stringify(library)},\n  "documents": ${JSON.stringify(documents, null, 2).replaceAll("\n", "\n  ")}`;
  writeFileSync(file, `${head},\n  "cases": [\n${lines}\n  ]\n}\n`);
}

function compare(jars: string, asked: readonly Asked[]): void {
  const answers = answersOfPeer(jars, asked);
  const differing = asked.flatMap((each, index) => {
    const [theirs, ours] = [answers[index], ownAnswer(each)];
    return theirs === undefined || agrees(theirs, ours) ? [] : [{ each, theirs, ours }];
  });
  for (const { each, theirs, ours } of differing.filter(({ ours }) => ours.error !== "refused").slice(0, 10)) {
    console.log(JSON.stringify(each.path), JSON.stringify(each.document));
    console.log("  json-path:", JSON.stringify(theirs));
    console.log("  here:     ", JSON.stringify(ours));
  }
  const refusedHere = differing.filter(({ ours }) => ours.error === "refused").length;
  console.log(
    `${asked.length} paths, ${differing.length} differ, ${refusedHere} of those because they are refused here`,
  );
}
