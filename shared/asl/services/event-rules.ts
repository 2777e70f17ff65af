import { asDouble, isObject } from "../query/index.ts";
import { type Action, type CallInput, ServiceRefusal } from "./service-call.ts";

/** A rule as DescribeRule gives it. */
interface Rule {
  readonly Name: string;
  readonly Arn: string;
  readonly EventBusName: string;
  readonly State: string;
  readonly EventPattern?: string;
  readonly ScheduleExpression?: string;
  readonly Description?: string;
  readonly RoleArn?: string;
}

const NAME = /^[.\-_A-Za-z0-9]{1,64}$/;
const STATES = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];
const MOST_RULES_OF_A_PAGE = 100;

/**
 * The rules of event buses, in memory: put, described, listed, enabled, disabled and deleted (EventBridge, API reference). They are
 * kept and no more: no event is matched with them, and no schedule runs.
 */
export function eventRules(): Readonly<Record<string, Action>> {
  const rules = new Map<string, Rule>();
  const keyOf = (bus: string, name: string) => JSON.stringify([bus, name]);
  const known = (input: CallInput): Rule => {
    const { bus, name } = namesIn(input);
    const rule = rules.get(keyOf(bus, name));
    if (rule !== undefined) return rule;
    throw new ServiceRefusal("ResourceNotFoundException", `Rule ${name} does not exist on EventBus ${bus}.`);
  };
  const keep = (rule: Rule) => void rules.set(keyOf(rule.EventBusName, rule.Name), rule);
  return {
    putRule(input) {
      const rule = ruleOf(input);
      keep(rule);
      return { RuleArn: rule.Arn };
    },
    describeRule: (input) => ({ ...known(input) }),
    enableRule(input) {
      keep({ ...known(input), State: "ENABLED" });
      return {};
    },
    disableRule(input) {
      keep({ ...known(input), State: "DISABLED" });
      return {};
    },
    deleteRule(input) {
      const { bus, name } = namesIn(input);
      rules.delete(keyOf(bus, name));
      return {};
    },
    listRules: (input) => pageOf([...rules.values()], input),
  };
}

function namesIn({ Name, EventBusName = "default" }: CallInput) {
  if (typeof Name !== "string" || !NAME.test(Name)) {
    throw new ServiceRefusal("ValidationException", `Rule name expected, of letters, digits and .-_: ${shown(Name)}`);
  }
  if (typeof EventBusName !== "string") {
    throw new ServiceRefusal("ValidationException", `Name of an event bus expected: ${shown(EventBusName)}`);
  }
  return { bus: EventBusName, name: Name };
}

function ruleOf(input: CallInput): Rule {
  const { bus, name } = namesIn(input);
  const { State = "ENABLED", EventPattern, ScheduleExpression } = input;
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    const message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
    throw new ServiceRefusal("ValidationException", message);
  }
  if (!STATES.includes(String(State))) {
    throw new ServiceRefusal("ValidationException", `State is one of ${STATES.join(", ")}: ${shown(State)}`);
  }
  if (EventPattern !== undefined && !isObjectText(EventPattern)) {
    const message = "Event pattern is not valid. Reason: Filter is not an object";
    throw new ServiceRefusal("InvalidEventPatternException", message);
  }
  const texts = ["EventPattern", "ScheduleExpression", "Description", "RoleArn"].filter((field) => field in input);
  return {
    Name: name,
    Arn: `arn:aws:events:us-east-1:000000000000:rule/${bus === "default" ? "" : `${bus}/`}${name}`,
    EventBusName: bus,
    State: String(State),
    ...Object.fromEntries(texts.map((field) => [field, String(input[field])])),
  };
}

/** A token is how many rules came before. */
function pageOf(
  rules: readonly Rule[],
  { EventBusName = "default", NamePrefix = "", NextToken = "0", Limit }: CallInput,
) {
  const named = rules
    .filter((rule) => rule.EventBusName === EventBusName && rule.Name.startsWith(String(NamePrefix)))
    .sort((left, right) => (left.Name < right.Name ? -1 : 1));
  const from = Number(NextToken);
  const limit = asDouble(Limit ?? MOST_RULES_OF_A_PAGE);
  if (!Number.isSafeInteger(from) || typeof limit !== "number" || limit < 1 || limit > MOST_RULES_OF_A_PAGE) {
    throw new ServiceRefusal(
      "ValidationException",
      `Limit is 1 to ${MOST_RULES_OF_A_PAGE}, NextToken of a page before`,
    );
  }
  const to = from + limit;
  return { Rules: named.slice(from, to), ...(to < named.length && { NextToken: String(to) }) };
}

/** Whether a text is the JSON of an object. */
export function isObjectText(text: unknown): boolean {
  try {
    return isObject(JSON.parse(String(text)));
  } catch {
    return false;
  }
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 200) ?? "nothing";
