import type { ItemProcessorDefinition, MapDefinition, QueryLanguage } from "../../definition.ts";
import { DefinitionError } from "../../errors.ts";
import { compileJsonata, compilePath, type Query } from "../../query/index.ts";
import type { CompiledState, CompiledWorkflow, DistributedMap, MapState } from "../machine.ts";
import { compileBatcher } from "../map-run/child-inputs.ts";
import { compileItemReader } from "../map-run/item-reader.ts";
import { compileResultWriter } from "../map-run/result-writer.ts";
import { compileNumber, compileValue, type Fields, template } from "./fields.ts";

/** What a Map state runs for each of its items. */
export function processorOf({ ItemProcessor, Iterator }: MapDefinition): ItemProcessorDefinition {
  const processor: ItemProcessorDefinition | undefined = ItemProcessor ?? Iterator;
  if (processor === undefined) throw new DefinitionError("A Map state needs an ItemProcessor");
  return processor;
}

/** What a Map state has of its own. @param workflow its processor, compiled */
export function compileMap(
  definition: MapDefinition,
  processor: ItemProcessorDefinition,
  workflow: CompiledWorkflow,
  language: QueryLanguage,
): Omit<MapState, keyof CompiledState> & Pick<MapState, "processor"> {
  const fields = definition as unknown as Fields;
  const selector = definition.ItemSelector ?? definition.Parameters;
  const isDistributed = processor.ProcessorConfig?.Mode === "DISTRIBUTED";
  return {
    processor: workflow,
    items: compileItems(definition, language),
    itemSelector: language === "JSONata" ? compileValue(fields, "ItemSelector", language) : template(selector),
    maxConcurrency: compileNumber(fields, "MaxConcurrency", language, { least: 0 }),
    toleratedFailureCount: compileNumber(fields, "ToleratedFailureCount", language, { least: 0 }),
    toleratedFailurePercentage: compileNumber(fields, "ToleratedFailurePercentage", language, {
      kind: "float",
      least: 0,
      most: 100,
    }),
    distributed: isDistributed ? compileDistributed(definition, processor, workflow, language) : undefined,
  };
}

function compileDistributed(
  { ItemReader, ItemBatcher, ResultWriter }: MapDefinition,
  processor: ItemProcessorDefinition,
  workflow: CompiledWorkflow,
  language: QueryLanguage,
): DistributedMap {
  const type = processor.ProcessorConfig?.ExecutionType ?? "STANDARD";
  return {
    machine: { definition: processor, type, workflow, timeoutSeconds: undefined },
    itemReader: ItemReader && compileItemReader(ItemReader, language),
    batcher: ItemBatcher && compileBatcher(ItemBatcher, language),
    resultWriter: ResultWriter && compileResultWriter(ResultWriter, language),
  };
}

function compileItems(definition: MapDefinition, language: QueryLanguage): Query {
  if (language === "JSONata")
    return definition.Items === undefined ? (scope) => scope.input : compileJsonata(definition.Items, "Items");
  const path = definition.ItemsPath;
  return path === undefined || path === "$" ? (scope) => scope.input : compilePath(path, "ItemsPath");
}
