import type {
  ChoiceDefinition,
  FailDefinition,
  QueryLanguage,
  StateDefinition,
  StateMachineDefinition,
  StateMachineType,
  Workflow,
} from "../../definition.ts";
import { DefinitionError } from "../../errors.ts";
import { KINDS } from "../../history/kinds.ts";
import { atOnce, type Interleaved, inTurns } from "../../interleaved.ts";
import {
  compileChoice,
  compileJsonata,
  compilePath,
  type Query,
  QuerySyntaxError,
  type Scope,
} from "../../query/index.ts";
import { parseResource } from "../../services/resource.ts";
import { invalidDefinitionMessage, isAcceptable } from "../../validate/diagnostic.ts";
import { validating } from "../../validate/validate.ts";
import type { ChoiceRule, ChoiceState, CompiledState, CompiledWorkflow, StateMachine } from "../machine.ts";
import { compileCatcher, compileDataFlow, compileRetrier } from "./data-flow.ts";
import { compileNumber, compileValue, type Fields, template } from "./fields.ts";
import { compileMap, processorOf } from "./map.ts";
import { compileWait } from "./wait.ts";

export interface CompileOptions {
  /** Default STANDARD. */
  readonly type?: StateMachineType;
}

/**
 * Compiles a definition, given as an object or as JSON text.
 *
 * @throws DefinitionError if it is not a definition AWS would accept.
 */
export function compileStateMachine(
  definition: StateMachineDefinition | string,
  options: CompileOptions = {},
): StateMachine {
  return atOnce(compiling(definition, options));
}

/** The same, for a definition that may be large, without holding up the process for longer than one of its states takes. */
export function compileInTurns(
  definition: StateMachineDefinition | string,
  options: CompileOptions = {},
): Promise<StateMachine> {
  return inTurns(compiling(definition, options));
}

function* compiling(definition: StateMachineDefinition | string, options: CompileOptions): Interleaved<StateMachine> {
  const type = options.type ?? "STANDARD";
  const diagnostics = yield* validating(definition, { type });
  if (!isAcceptable(diagnostics)) throw new DefinitionError(invalidDefinitionMessage(diagnostics), diagnostics);
  const parsed = typeof definition === "string" ? (JSON.parse(definition) as StateMachineDefinition) : definition;
  try {
    const workflow = yield* compilingWorkflow(parsed, parsed.QueryLanguage ?? "JSONPath");
    return { definition: parsed, type, workflow, timeoutSeconds: parsed.TimeoutSeconds };
  } catch (error) {
    if (error instanceof QuerySyntaxError) throw new DefinitionError(`${error.message}: ${error.text}`);
    throw error;
  }
}

/** While a workflow is compiled its states are not linked yet. */
type Unlinked<State> = { -readonly [Field in keyof State]: State[Field] };

function* compilingWorkflow(workflow: Workflow, machineLanguage: QueryLanguage): Interleaved<CompiledWorkflow> {
  const states = new Map<string, Unlinked<CompiledState>>();
  for (const [name, definition] of Object.entries(workflow.States)) {
    states.set(name, yield* compilingState(name, definition, machineLanguage));
    yield;
  }
  const target = (name: string | undefined, from: string): CompiledState => {
    const state = name === undefined ? undefined : states.get(name);
    if (state === undefined) throw new DefinitionError(`${from}: there is no state named "${name}"`);
    return state as CompiledState;
  };
  for (const [name, state] of states) {
    link(state, `State "${name}"`, target);
    yield;
  }
  return { startAt: target(workflow.StartAt, "StartAt"), states: states as ReadonlyMap<string, CompiledState> };
}

function* compilingState(
  name: string,
  definition: StateDefinition,
  machineLanguage: QueryLanguage,
): Interleaved<CompiledState> {
  const language = definition.QueryLanguage ?? machineLanguage;
  const fields = definition as unknown as Fields;
  const base = {
    name,
    language,
    work: workOf(definition),
    entered: KINDS[`${definition.Type}StateEntered`],
    exited: definition.Type === "Fail" ? KINDS.PassStateExited : KINDS[`${definition.Type}StateExited`],
    next: undefined,
    retriers: ("Retry" in definition ? (definition.Retry ?? []) : []).map(compileRetrier),
    catchers: [],
    ...compileDataFlow(definition, language),
  };
  switch (definition.Type) {
    case "Pass": {
      const hasResult = language === "JSONPath" && definition.Result !== undefined;
      const result = hasResult ? { value: definition.Result } : undefined;
      return { ...base, type: "Pass", definition, result, isPlain: result === undefined && isPlain(base) };
    }
    case "Choice":
      return {
        ...base,
        type: "Choice",
        definition,
        choose: compileChoose(definition, language),
        rules: [],
        default: undefined,
      };
    case "Wait":
      return { ...base, type: "Wait", definition, until: compileWait(definition, language) };
    case "Task":
      return {
        ...base,
        type: "Task",
        definition,
        resource: parseResource(definition.Resource),
        timeoutSeconds: compileNumber(fields, "TimeoutSeconds", language, { least: 1 }),
        heartbeatSeconds: compileNumber(fields, "HeartbeatSeconds", language, { least: 1 }),
        credentials:
          language === "JSONata" ? compileValue(fields, "Credentials", language) : template(definition.Credentials),
      };
    case "Succeed":
      return { ...base, type: "Succeed", definition };
    case "Fail":
      return { ...base, type: "Fail", definition, ...compileFailure(definition, language) };
    case "Parallel": {
      const branches: CompiledWorkflow[] = [];
      for (const branch of definition.Branches) branches.push(yield* compilingWorkflow(branch, machineLanguage));
      return { ...base, type: "Parallel", definition, branches };
    }
    case "Map": {
      const processor = processorOf(definition);
      const workflow = yield* compilingWorkflow(processor, machineLanguage);
      return { ...base, type: "Map", definition, ...compileMap(definition, processor, workflow, language) };
    }
    default:
      throw new DefinitionError(`State "${name}": there is no state type "${(definition as { Type: unknown }).Type}"`);
  }
}

/** Work of a character of a state's text: a field of a template, a rule or an operand is some ten of them. */
const WORK_OF_A_CHARACTER = 2;

/** What takes no longer than its events do: most states. */
const FEW_CHARACTERS = 128;

const WORKFLOWS: readonly string[] = ["Branches", "ItemProcessor", "Iterator"];

/** Of a state itself: those within it have their own. */
function workOf(definition: StateDefinition): number {
  let characters = 0;
  for (const [field, value] of Object.entries(definition)) {
    if (!WORKFLOWS.includes(field)) characters += JSON.stringify(value)?.length ?? 0;
  }
  return characters > FEW_CHARACTERS ? characters * WORK_OF_A_CHARACTER : 0;
}

/** Sets what refers to other states, once all of them are there. */
function link(
  state: Unlinked<CompiledState>,
  where: string,
  target: (name: string | undefined, from: string) => CompiledState,
): void {
  const { definition, language } = state;
  if (definition.Next !== undefined) state.next = target(definition.Next, `${where}, Next`);
  if ("Catch" in definition) {
    state.catchers = (definition.Catch ?? []).map((catcher, index) =>
      compileCatcher(catcher, index, language, target(catcher.Next, `${where}, Catch[${index}]`)),
    );
  }
  if (state.type !== "Choice") return;
  const choice: Unlinked<ChoiceState> = state;
  choice.rules = choice.definition.Choices.map((rule, index): ChoiceRule => {
    const jsonata = (field: "Output" | "Assign"): Query | undefined =>
      rule[field] === undefined ? undefined : compileJsonata(rule[field], `Choices[${index}]/${field}`);
    return {
      next: target(rule.Next, `${where}, Choices[${index}]`),
      output: language === "JSONata" ? jsonata("Output") : undefined,
      assign: language === "JSONata" ? jsonata("Assign") : template(rule.Assign),
    };
  });
  if (choice.definition.Default !== undefined) choice.default = target(choice.definition.Default, `${where}, Default`);
}

const isPlain = (flow: Readonly<Record<string, unknown>>): boolean =>
  ["inputPath", "parameters", "resultPath", "outputPath", "output", "assign"].every(
    (field) => flow[field] === undefined,
  );

function compileChoose(definition: ChoiceDefinition, language: QueryLanguage): ChoiceState["choose"] {
  if (language === "JSONPath") return compileChoice(definition.Choices);
  const conditions = definition.Choices.map((rule, index) =>
    compileJsonata(rule.Condition, `Choices[${index}]/Condition`),
  );
  return (scope: Scope) => {
    const index = conditions.findIndex((condition) => condition(scope) === true);
    return index === -1 ? undefined : index;
  };
}

function compileFailure(definition: FailDefinition, language: QueryLanguage) {
  const field = (name: "Error" | "Cause"): Query | undefined => {
    const path = definition[`${name}Path`];
    if (language === "JSONPath" && path !== undefined) return compilePath(path, `${name}Path`);
    const value = definition[name];
    if (value === undefined) return undefined;
    return language === "JSONata" ? compileJsonata(value, name) : () => value;
  };
  return { error: field("Error"), cause: field("Cause") };
}
