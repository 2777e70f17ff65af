import { readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { canonicalText, sha256 } from "../../../shared/stores/digest.ts";
import { nodeFileSystem } from "../../../shared/stores/filesystem/node-file-system.ts";
import { readSeal, sealText } from "../../../shared/stores/filesystem/seal.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import type { StoredRun } from "./finished-run.ts";

type Entry = Record<string, unknown>;

/** Changes the events by hand, and makes the chain anew so that it holds. */
export function forgeEvents({ at }: StoredRun, change: (events: Entry[]) => Entry[]): void {
  let prev = "0".repeat(64);
  const before = readFileSync(at("events.jsonl"), "utf8").split("\n").slice(0, -1);
  const lines = change(before.map((line) => JSON.parse(line) as Entry)).map((event, index) => {
    const seq = index + 1;
    const text = canonicalText({ ...event, seq, event_id: `${String(event.run_id)}/${seq}`, prev } as Json);
    prev = sha256(text);
    // A line that ends in a space has more of its batch behind it.
    return before[index]?.endsWith(" ") ? `${text} ` : text;
  });
  writeFileSync(at("events.jsonl"), `${lines.join("\n")}\n`);
}

export function forgeHistory({ at }: StoredRun, change: (entry: Entry) => Entry): void {
  const lines = readFileSync(at("history.jsonl"), "utf8").split("\n").slice(0, -1);
  const forged = lines.map(
    (line) => JSON.stringify(change(JSON.parse(line) as Entry)) + (line.endsWith(" ") ? " " : ""),
  );
  writeFileSync(at("history.jsonl"), `${forged.join("\n")}\n`);
}

/** Seals the run's files as they are now. */
export async function sealAnew({ at }: StoredRun): Promise<void> {
  const seal = await readSeal(nodeFileSystem, at("."));
  if (seal === undefined) throw new Error("no seal to make anew");
  for (const name of ["events.jsonl", "history.jsonl", "log.jsonl", "run.json"] as const) {
    const bytes = readFileSync(at(name));
    const lines = bytes.toString("latin1").split("\n").length - 1;
    Object.assign(seal, { [name]: { ...seal[name], bytes: bytes.length, sha256: sha256(bytes) } });
    if (name === "events.jsonl" || name === "history.jsonl") seal[name].lines = lines;
  }
  writeFileSync(at("seal.json"), sealText(seal));
}

/** An entry of the index of kinds, as the store writes it. */
export function kindEntry(digits: string, kind: string): string {
  const entry = `${digits} ${kind}`;
  return `\n${entry} ${crc32(entry).toString(16).padStart(8, "0")}\n`;
}
