import type { ItemBatcherDefinition, QueryLanguage } from "../../definition.ts";
import { compileJsonata, type Query, type Scope } from "../../query/index.ts";
import { type Fields, template } from "../data-flow.ts";
import { compileNumber } from "../number-field.ts";
import { jsonBytes, PAYLOAD_LIMIT_BYTES } from "../payload.ts";

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
  const maxItems = compileNumber(fields, "MaxItemsPerBatch", language);
  const maxBytes = compileNumber(fields, "MaxInputBytesPerBatch", language);
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

/** Collects items until a batch is full. */
export class BatchCollector {
  readonly #plan: BatchPlan;
  readonly #emptyBytes: number;
  #items: unknown[] = [];
  #bytes: number;

  constructor(plan: BatchPlan) {
    this.#plan = plan;
    this.#emptyBytes = jsonBytes(this.#input([]));
    this.#bytes = this.#emptyBytes;
  }

  /** Takes an item in; answers with the batch that had no room for it, if there was one. */
  add(item: unknown): unknown {
    const bytes = jsonBytes(item) + 1;
    const isFull = this.#items.length >= this.#plan.maxItems || this.#bytes + bytes > this.#plan.maxBytes;
    const full = isFull ? this.rest() : undefined;
    this.#items.push(item);
    this.#bytes += bytes;
    return full;
  }

  /** The batch begun, if it has items. */
  rest(): unknown {
    if (this.#items.length === 0) return undefined;
    const input = this.#input(this.#items);
    this.#items = [];
    this.#bytes = this.#emptyBytes;
    return input;
  }

  #input(items: readonly unknown[]): unknown {
    return this.#plan.batchInput === undefined ? { Items: items } : { BatchInput: this.#plan.batchInput, Items: items };
  }
}
