import { join } from "node:path";
import { CorruptionError } from "../errors.ts";
import type { FoundRecord, FoundSummary, RecordFiles } from "../leased-folder.ts";
import { readVouched, vouch } from "../vouched-text.ts";
import { ensureFolder, namesIn } from "./artifact-files.ts";
import { readWholeFile } from "./durable-file.ts";
import { isMissing } from "./file-system.ts";
import type { HeldFolder } from "./held-folder.ts";
import { translated, translatedItems } from "./os-errors.ts";
import { fingerprintOf, type RecordSummaries, recordSummaries } from "./record-summaries.ts";

const ENDING = ".json";

/** Records in a folder of their kind, a file each. Writes of one record go to the disk in order. */
export function vouchedRecords(held: HeldFolder, kind: string): RecordFiles {
  const { fs, root } = held;
  const folder = join(root, kind);
  const pending = new Map<string, Promise<void>>();
  const inTurn = (name: string, doing: string, write: () => Promise<void>): Promise<void> => {
    const turn = (pending.get(name) ?? Promise.resolve()).catch(() => undefined).then(write);
    pending.set(name, turn);
    const forget = () => {
      if (pending.get(name) === turn) pending.delete(name);
    };
    turn.then(forget, forget);
    return held.track(translated(doing, pathOf(name), () => turn));
  };
  const pathOf = (name: string) => join(folder, name + ENDING);
  const summaries = recordSummaries(held, kind);

  let made: Promise<void> | undefined;
  const make = async () => {
    await ensureFolder(fs, folder);
    await fs.syncFolder(root);
  };
  return {
    read: () => translatedItems("read the records", folder, recordsIn(held, kind, summaries)),
    find: (name) => translated("read the record", pathOf(name), () => recordNamed(held, kind, name)),
    put: (name, text) =>
      inTurn(name, "write the record", async () => {
        made ??= make();
        await made.catch((error: unknown) => {
          made = undefined;
          throw error;
        });
        const vouched = vouch(seedOf(kind, name), text);
        await held.replace(join(kind, name + ENDING), Buffer.from(vouched.text));
      }),
    async sumUp(name, summary) {
      const stat = await fs.stat(pathOf(name)).catch(() => undefined);
      if (stat !== undefined) summaries.note({ name, file: fingerprintOf(stat), summary });
    },
    remove: (name) => inTurn(name, "remove the record", () => held.takeAway(join(kind, name + ENDING))),
  };
}

/** A record is vouched for in its place: no other's may stand there. */
export function seedOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

async function* recordsIn(
  { fs, root }: HeldFolder,
  kind: string,
  summaries: RecordSummaries,
): AsyncGenerator<FoundRecord | FoundSummary> {
  const folder = join(root, kind);
  const files = (await namesIn(fs, folder)).filter((file) => file.endsWith(ENDING));
  const left = new Set(files.map((file) => file.slice(0, -ENDING.length)));
  const isStill = async ({ name, file }: { readonly name: string; readonly file: string }) => {
    if (!left.has(name)) return false;
    const stat = await fs.stat(join(folder, name + ENDING));
    return stat !== undefined && fingerprintOf(stat) === file;
  };
  for await (const { name, summary } of summaries.read(isStill)) {
    left.delete(name);
    yield { name, summary };
  }
  for (const name of left) {
    const found = await recordNamed({ fs, root }, kind, name);
    if (found !== undefined) yield found;
  }
}

async function recordNamed(
  { fs, root }: Pick<HeldFolder, "fs" | "root">,
  kind: string,
  name: string,
): Promise<FoundRecord | undefined> {
  const path = join(root, kind, name + ENDING);
  let bytes: Buffer;
  try {
    bytes = Buffer.from(await readWholeFile(fs, path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const vouched = readVouched(seedOf(kind, name), bytes);
  if (vouched !== undefined) return { name, text: vouched.text, damage: undefined };
  return { name, text: bytes.toString("utf8"), damage: brokenRecord(path) };
}

function brokenRecord(where: string): CorruptionError {
  return new CorruptionError("the record", {
    where,
    expected: "a record of that name whose sha256 follows from it",
    found: "something else",
    remedy: "restore the file from a copy, or move it away to do without it",
  });
}
