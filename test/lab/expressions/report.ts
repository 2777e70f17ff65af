import { settled } from "../../../shared/asl/query/index.ts";
import { compileExpression } from "../../../shared/asl/query/jsonata/expression.ts";
import { compileLookup } from "../../../shared/asl/query/jsonpath/lookup.ts";
import { parsePath } from "../../../shared/asl/query/jsonpath/parse.ts";
import { queriesIn, type Way, wayOfExpression, wayOfPath } from "./find.ts";

const ways: readonly Way[] = ["plain", "counted", "apart", "unreadable"];

/** For each way something that state machines do. */
const samples = [
  { way: "plain", text: "{'id': $states.input.id, 'isLarge': $states.input.size > 10}" },
  { way: "counted", text: "$sum($states.input.items.price)" },
  { way: "counted", text: "$map($states.input.items[price > 3], function($item) { $item.name & '!' })" },
  { way: "apart", text: "$replace($states.input.id, /[0-9]+/, '#')" },
  { way: "apart", text: "$sum([1..60000])" },
  { way: "plain", text: "$.items[0].price" },
  { way: "counted", text: "$.items[?(@.price > 3)].name" },
  { way: "apart", text: "$.items[?(@.name =~ /item [0-9]+/)]" },
] as const;

const input = {
  id: "order-17",
  size: 12,
  items: Array.from({ length: 10 }, (_, index) => ({ name: `item ${index}`, price: index })),
};

/** @param now milliseconds */
export async function expressionReport(places: readonly string[], now: () => number): Promise<string> {
  const { expressions, paths } = queriesIn(places);
  const lines = [...shares("JSONata", expressions, wayOfExpression), ...shares("JSONPath", paths, wayOfPath)];
  for (const { way, text } of samples) {
    const time = await microseconds(text, way, now);
    lines.push(`${way.padEnd(11)}${time.toFixed(2).padStart(9)} us each  ${text}`);
  }
  return `${lines.join("\n")}\n`;
}

function shares(language: string, texts: ReadonlySet<string>, wayOf: (text: string) => Way): readonly string[] {
  const found = [...texts].sort().map((text) => ({ text, way: wayOf(text) }));
  const count = (way: Way) => found.filter((each) => each.way === way).length;
  const readable = Math.max(1, found.length - count("unreadable"));
  const lines = found.filter(({ way }) => way === "apart").map(({ text }) => `apart: ${text.replaceAll(/\s+/g, " ")}`);
  for (const way of ways) {
    const share = way === "unreadable" ? "" : ` ${((100 * count(way)) / readable).toFixed(1).padStart(5)}%`;
    lines.push(`${language.padEnd(9)}${way.padEnd(11)}${String(count(way)).padStart(6)}${share}`);
  }
  return lines;
}

async function microseconds(text: string, way: Way, now: () => number): Promise<number> {
  const query = text.startsWith("$.") ? compileLookup(parsePath(text)) : compileExpression(text);
  const scope = { input, context: {}, variables: {} };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const begun = now();
    let count = 0;
    while (now() - begun < 100) {
      for (let times = 0; times < 10; times += 1) {
        if (way === "apart") await settled(query, scope);
        else query(scope);
      }
      count += 10;
    }
    best = Math.min(best, ((now() - begun) * 1000) / count);
  }
  return best;
}
