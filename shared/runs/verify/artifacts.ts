import type * as z from "zod";
import { type ArtifactRef, artifactId } from "../../contracts/ids.ts";
import { describeIssues } from "../../contracts/issues.ts";
import { sha256 } from "../../stores/digest.ts";
import type { Inspection } from "../../stores/inspection.ts";
import type { ArtifactKind } from "../../stores/ports.ts";
import type { RemovalEntry } from "../../stores/retention.ts";
import type { Findings } from "./findings.ts";
import { KIND_OF_FIELD } from "./kinds.ts";
import { documentIn, type Reference, referencesIn } from "./references.ts";

/** A reference, and the document that has it. */
export interface NamedArtifact extends Reference {
  readonly in: string;
  /** What the place where it stands says it was put as. */
  readonly kind?: ArtifactKind | undefined;
  /** What came from outside may name anything: checked if it is there. */
  readonly isHearsay?: boolean | undefined;
}

/** The artifacts of one run, each read and hashed when it is first named. */
export interface RunArtifacts {
  /** The bytes; undefined when they are missing, damaged or collected, which is then reported, once. */
  read(artifact: Omit<NamedArtifact, "field">): Promise<Uint8Array | undefined>;
  /** A document, checked; undefined when it cannot be had, which is then reported. */
  document<S extends z.ZodType>(artifact: Omit<NamedArtifact, "field">, schema: S): Promise<z.infer<S> | undefined>;
  /** Reads these, and in turn all that the documents among them name. */
  follow(roots: Iterable<NamedArtifact>): Promise<void>;
  has(ref: ArtifactRef): boolean;
  /** Tells of those that retention has removed. */
  noteCollected(): void;
  /** Compares what each artifact was put as with the index of kinds. @returns how many artifacts the run has */
  checkKinds(): Promise<number>;
}

/** What is known of the artifacts before they are read. */
export interface ArtifactsOnRecord {
  /** What retention has removed. */
  readonly collected: ReadonlyMap<ArtifactRef, RemovalEntry>;
  /** Bytes, by what events say that they were stored with. */
  readonly sizes: ReadonlyMap<ArtifactRef, number>;
  /** Given each that is looked at. */
  readonly looked: Set<ArtifactRef>;
}

export function runArtifacts(
  inspection: Inspection,
  { collected, sizes, looked }: ArtifactsOnRecord,
  findings: Findings,
): RunArtifacts {
  const missed: RemovalEntry[] = [];
  const seen = new Map<ArtifactRef, { readonly isWhole: boolean; readonly kinds: Map<ArtifactKind, string> }>();

  const expectKind = ({ ref, in: place, kind }: Omit<NamedArtifact, "field">): void => {
    const kinds = seen.get(ref)?.kinds;
    if (kind !== undefined && kinds?.has(kind) === false) kinds.set(kind, place);
  };

  const reportMissing = ({ ref, in: place }: Omit<NamedArtifact, "field">): void => {
    const removal = collected.get(ref);
    if (removal !== undefined) missed.push(removal);
    else findings.problem("artifact", `${ref}, in ${place}`, "bytes that hash to its name", "nothing");
  };

  const read: RunArtifacts["read"] = async (artifact) => {
    const { ref, in: place } = artifact;
    const before = seen.get(ref);
    if (before !== undefined) expectKind(artifact);
    if (before?.isWhole === false) return undefined;
    const read = await findings.attempt("artifact", `${ref}, in ${place}`, async () => {
      return { bytes: await inspection.artifact(ref, sizes.get(ref)) };
    });
    const bytes = read?.bytes;
    if (bytes === undefined && artifact.isHearsay === true) return undefined;
    const found = bytes === undefined ? undefined : sha256(bytes);
    const isWhole = found === artifactId(ref);
    if (before === undefined) {
      seen.set(ref, { isWhole, kinds: new Map() });
      looked.add(ref);
      expectKind(artifact);
      if (read !== undefined && found === undefined) reportMissing(artifact);
      else if (found !== undefined && !isWhole)
        findings.problem("artifact", `${ref}, in ${place}`, "bytes that hash to its name", `SHA-256 ${found}`);
    }
    return isWhole ? bytes : undefined;
  };

  return {
    read,

    async document(artifact, schema) {
      const bytes = await read(artifact);
      if (bytes === undefined) return undefined;
      const document = documentIn(bytes);
      const parsed = schema.safeParse(document);
      if (parsed.success) return parsed.data;
      const found = document === undefined ? "nothing in JSON" : describeIssues(parsed.error, document);
      findings.problem("document", `${artifact.ref}, in ${artifact.in}`, "a document of its schema", found);
      return undefined;
    },

    async follow(roots) {
      const queue = [...roots];
      const hearsay: NamedArtifact[] = [];
      // Hearsay last: what the run itself leads to must be there, whoever else tells of it.
      for (let named = queue.pop(); named !== undefined; named = queue.pop() ?? hearsay.pop()) {
        if (seen.has(named.ref)) {
          expectKind(named);
          continue;
        }
        const bytes = await read(named);
        const document = bytes === undefined ? undefined : documentIn(bytes);
        const isHearsay = named.isHearsay === true || named.kind === "fact_payload";
        for (const { ref, field } of referencesIn(document)) {
          const next = { ref, field, in: named.ref, kind: KIND_OF_FIELD[field], isHearsay };
          (isHearsay ? hearsay : queue).push(next);
        }
      }
    },

    has: (ref) => seen.has(ref),

    noteCollected() {
      for (const why of new Set(missed.map((removal) => removal.why))) {
        const removals = missed.filter((removal) => removal.why === why);
        const from = removals.map(({ at }) => at).sort()[0];
        findings.notice(
          "collected artifacts",
          `${removals.length}, such as ${removals[0]?.artifact}`,
          `since ${from}: ${why}`,
        );
      }
    },

    async checkKinds() {
      const index = await findings.attempt("index of kinds", "artifacts", () => inspection.kinds());
      for (const { line, text } of index?.damaged ?? []) {
        const expected = "<sha256> <kind> <crc32> between newlines of its own";
        findings.problem("index of kinds", `line ${line}`, expected, JSON.stringify(text.slice(0, 100)));
      }
      if (index === undefined) return seen.size;
      for (const [ref, { kinds }] of seen) {
        const found = index.kindsOf(ref);
        const shown = found.size === 0 ? "none" : [...found].join(", ");
        if (kinds.size === 0 && found.size === 0) findings.problem("kind of artifact", ref, "a kind", shown);
        for (const [kind, place] of kinds) {
          if (!found.has(kind)) findings.problem("kind of artifact", `${ref}, in ${place}`, kind, shown);
        }
      }
      return seen.size;
    },
  };
}
