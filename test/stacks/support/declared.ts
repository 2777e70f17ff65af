import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "../../e2e/cli.ts";
import type { Graph, Resource } from "./graph.ts";

/** The resources that a stage of the deployment declares. @param variables what whoever deploys has set */
export async function declared(stage: string, variables: Readonly<Record<string, string>> = {}): Promise<Graph> {
  const env = { ...process.env, ...variables, SST_TELEMETRY_DISABLED: "1", AWS_EC2_METADATA_DISABLED: "true" };
  const args = ["--import", "tsx", "test/stacks/support/graph.ts", stage];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env, maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as Graph;
}

/** Those of one type, such as `dynamodb/table:Table`. */
export function ofType({ resources }: Graph, type: string): Resource[] {
  return resources.filter((resource) => resource.type === `aws:${type}`);
}

/** @throws when there is none, or more */
export function only(graph: Graph, type: string): Resource {
  const [found, ...others] = ofType(graph, type);
  if (found === undefined || others.length > 0) throw new Error(`expected one ${type}`);
  return found;
}

/** What a policy allows. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
}

interface Statement {
  readonly [key: string]: unknown;
}

/** Each action on each resource that a role's policies allow. */
export function grantsOf({ inputs }: Resource): Grant[] {
  const policies = (inputs.inlinePolicies ?? []) as readonly { readonly policy: string }[];
  return policies.flatMap(({ policy }) => {
    const parsed = JSON.parse(policy) as { readonly Statement?: readonly Statement[] } | readonly Statement[];
    const statements = "Statement" in parsed ? (parsed.Statement ?? []) : (parsed as readonly Statement[]);
    return statements.flatMap((statement) => {
      const actions = listOf(statement.actions ?? statement.Action);
      const resources = listOf(statement.resources ?? statement.Resource);
      return actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
    });
  });
}

function listOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]) as readonly string[];
}
/** Whether a grant covers a resource: `*` in it stands for anything. */
export function covers(grant: Grant, { action, resource }: Grant): boolean {
  const [before = "", ...after] = grant.resource.split("*");
  const isThere =
    after.length === 0 ? resource === before : resource.startsWith(before) && resource.endsWith(after.at(-1) ?? "");
  return grant.action === action && isThere;
}

/** The role of a function of stage `dev`. */
export function roleOf(graph: Graph, functionName: string): Resource {
  const name = `${functionName.replace(/^restep-dev-/, "")}Role`;
  const role = ofType(graph, "iam/role:Role").find((each) => each.name === name);
  if (role === undefined) throw new Error(`expected a role for ${functionName}`);
  return role;
}
