import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/**
 * Puts one word in the place of another everywhere, and makes every hash anew that follows from it: artifacts, the references
 * to them, the chain, the index of kinds and the seal. Nothing in the store contradicts another part of it afterwards.
 * @returns how many hashes were made anew
 */
export async function forgeEverywhere(run: StoredRun, word: string, other: string): Promise<number> {
  const artifacts = join(run.store, "artifacts");
  const stored = new Map<string, string>();
  for (const folder of readdirSync(artifacts).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const rest of readdirSync(join(artifacts, folder))) {
      stored.set(folder + rest, readFileSync(join(artifacts, folder, rest), "latin1"));
    }
  }
  const files = ["events.jsonl", "history.jsonl", "log.jsonl", "run.json", "status.json"].map(run.at);
  const texts = new Map(files.map((path) => [path, readFileSync(path, "latin1")]));
  const lines = texts.get(run.at("events.jsonl"))!.split("\n").slice(0, -1);
  const chain = lines.map((line) => hashOf(line.trimEnd()));
  const anew = new Map<string, string>();
  const forged = (text: string): string =>
    text.replaceAll(word, other).replaceAll(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g, (hash) => anew.get(hash) ?? hash);
  for (let before = -1; before !== total(anew); ) {
    before = total(anew);
    for (const [digits, text] of stored) rename(anew, digits, hashOf(forged(text)));
    for (const [index, line] of lines.entries()) rename(anew, chain[index]!, hashOf(forged(line.trimEnd())));
  }
  for (const [digits, text] of stored) {
    const name = anew.get(digits);
    if (name === undefined) continue;
    rmSync(join(artifacts, digits.slice(0, 2), digits.slice(2)));
    mkdirSync(join(artifacts, name.slice(0, 2)), { recursive: true });
    writeFileSync(join(artifacts, name.slice(0, 2), name.slice(2)), forged(text), "latin1");
  }
  for (const [path, text] of texts) writeFileSync(path, forged(text), "latin1");
  const status = JSON.parse(readFileSync(run.at("status.json"), "utf8")) as { artifacts: string[] };
  // They are in the order of their names.
  writeFileSync(
    run.at("status.json"),
    `${JSON.stringify({ ...status, artifacts: status.artifacts.sort() }, null, 2)}\n`,
  );
  const kinds = readFileSync(join(artifacts, "kinds.txt"), "utf8");
  const entries = kinds.matchAll(/^([0-9a-f]{64}) (\w+) [0-9a-f]{8}$/gm);
  writeFileSync(
    join(artifacts, "kinds.txt"),
    [...entries].map(([, digits, kind]) => kindEntry(anew.get(digits!) ?? digits!, kind!)).join(""),
  );
  await sealAnew(run);
  return anew.size;
}

function hashOf(latin1: string): string {
  return sha256(Buffer.from(latin1, "latin1"));
}

function rename(anew: Map<string, string>, before: string, after: string): void {
  if (before !== after) anew.set(before, after);
}

/** Changes when a hash does. */
function total(anew: ReadonlyMap<string, string>): number {
  let sum = anew.size;
  for (const hash of anew.values()) sum = (sum * 31 + Number.parseInt(hash.slice(0, 8), 16)) % 1_000_000_007;
  return sum;
}
