import type { ItemBatcherDefinition, QueryLanguage } from "../../definition.ts";
import { compileJsonata, jsonBytes, type Query, type Scope } from "../../query/index.ts";
import { compileNumber, type Fields, template } from "../compile/fields.ts";
import { STATE_DATA } from "../map-item.ts";
import { PAYLOAD_LIMIT_BYTES } from "../payload.ts";
import type { ItemPage, ItemPages } from "./pages.ts";

/** How items are put together into the inputs of child executions. */
export interface Batcher {
  readonly plan: (scope: Scope) => BatchPlan;
}

export interface BatchPlan {
  readonly maxItems: number;
  readonly maxBytes: number;
  /** What each batch gets besides its items. */
  readonly batchInput: unknown;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html */
export function compileBatcher(definition: ItemBatcherDefinition, language: QueryLanguage): Batcher {
  const fields = definition as Fields;
  const maxItems = compileNumber(fields, "MaxItemsPerBatch", language, { least: 0 });
  const maxBytes = compileNumber(fields, "MaxInputBytesPerBatch", language, { least: 0 });
  const batchInput: Query | undefined =
    definition.BatchInput === undefined || language === "JSONPath"
      ? template(definition.BatchInput)
      : compileJsonata(definition.BatchInput, "ItemBatcher/BatchInput");
  return {
    plan: (scope) => ({
      maxItems: maxItems?.(scope) || Number.POSITIVE_INFINITY,
      maxBytes: Math.min(maxBytes?.(scope) || PAYLOAD_LIMIT_BYTES, PAYLOAD_LIMIT_BYTES),
      batchInput: batchInput?.(scope),
    }),
  };
}

/** The input of a child execution, and how many items it stands for. */
export interface ChildInput {
  readonly input: unknown;
  readonly itemCount: number;
}

/** The inputs of the child executions of a Map Run: selected items, or batches of them. */
export class ChildInputs {
  readonly #pages: AsyncIterator<ItemPage> | undefined;
  readonly #select: (item: unknown, index: number, source: string) => unknown;
  readonly #batches: BatchCollector | undefined;
  #page: readonly unknown[];
  #source = STATE_DATA;
  #position = 0;
  /** Items taken from pages. */
  #itemCount = 0;
  /** No more will come than is at hand. */
  #isLast: boolean;

  constructor(
    items: readonly unknown[] | ItemPages,
    select: (item: unknown, index: number, source: string) => unknown,
    batches: BatchPlan | undefined,
  ) {
    const isList = Array.isArray(items);
    this.#page = isList ? items : [];
    this.#pages = isList ? undefined : (items as ItemPages)[Symbol.asyncIterator]();
    this.#isLast = isList;
    this.#select = select;
    this.#batches = batches === undefined ? undefined : new BatchCollector(batches);
  }

  /** Whether all inputs were taken, as far as that is known without loading more. */
  get isAtEnd(): boolean {
    return this.#isLast && this.#position >= this.#page.length && this.#batches?.isEmpty !== false;
  }

  /** All items; undefined as long as there may be more to load. */
  get total(): number | undefined {
    return this.#isLast ? this.#itemCount + this.#page.length - this.#position : undefined;
  }

  /** The next input, or undefined if none is at hand: then there is more to load, or nothing left. */
  take(): ChildInput | undefined {
    while (this.#position < this.#page.length) {
      const item = this.#select(this.#page[this.#position], this.#itemCount, this.#source);
      this.#position += 1;
      this.#itemCount += 1;
      if (this.#batches === undefined) return { input: item, itemCount: 1 };
      const full = this.#batches.add(item);
      if (full !== undefined) return full;
    }
    return this.#isLast ? this.#batches?.rest() : undefined;
  }

  /** Gets more items, when none is at hand. */
  async load(): Promise<void> {
    const next = await this.#pages?.next();
    this.#position = 0;
    const isOver = next === undefined || next.done === true;
    this.#page = isOver ? [] : next.value.items;
    if (!isOver) this.#source = next.value.source;
    this.#isLast = isOver;
  }

  /** Lets the source go; no more will be taken. */
  close(): void {
    // Whatever the source says to that, nobody needs it any more.
    if (!this.#isLast) void this.#pages?.return?.()?.catch(() => {});
  }
}

/** The inputs of child executions that a batcher makes of selected items. */
export function batchesOf(items: readonly unknown[], plan: BatchPlan): readonly unknown[] {
  const inputs = new ChildInputs(items, (item) => item, plan);
  const batches: unknown[] = [];
  for (let next = inputs.take(); next !== undefined; next = inputs.take()) batches.push(next.input);
  return batches;
}

/** Collects items until a batch is full. */
class BatchCollector {
  readonly #plan: BatchPlan;
  readonly #emptyBytes: number;
  #items: unknown[] = [];
  #bytes: number;

  constructor(plan: BatchPlan) {
    this.#plan = plan;
    this.#emptyBytes = jsonBytes(this.#input([]));
    this.#bytes = this.#emptyBytes;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Takes an item in; answers with the batch that had no room for it, if there was one. */
  add(item: unknown): ChildInput | undefined {
    const bytes = jsonBytes(item, this.#plan.maxBytes) + 1;
    const isFull = this.#items.length >= this.#plan.maxItems || this.#bytes + bytes > this.#plan.maxBytes;
    const full = isFull ? this.rest() : undefined;
    this.#items.push(item);
    this.#bytes += bytes;
    return full;
  }

  /** The batch begun, if one was. */
  rest(): ChildInput | undefined {
    if (this.isEmpty) return undefined;
    const batch = { input: this.#input(this.#items), itemCount: this.#items.length };
    this.#items = [];
    this.#bytes = this.#emptyBytes;
    return batch;
  }

  #input(items: readonly unknown[]): unknown {
    return this.#plan.batchInput === undefined ? { Items: items } : { BatchInput: this.#plan.batchInput, Items: items };
  }
}
