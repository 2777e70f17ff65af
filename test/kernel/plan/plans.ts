import type { ExecutionPlan, PlannedState } from "../../../shared/contracts/execution-plan.ts";
import { OpId, type StateId } from "../../../shared/contracts/ids.ts";

export const OP = OpId.parse("recompile");

/** `link` -> `m.link.main`. */
export function id(name: string): StateId {
  return `m.${name}.main` as StateId;
}

export function planned(
  name: string,
  meta: Partial<PlannedState["meta"]> = {},
  more: Partial<PlannedState> = {},
): PlannedState {
  return {
    id: id(name),
    meta: {
      tags: [name],
      side_effects: "pure",
      idempotency: { kind: "none" },
      depends_on: [],
      depends_on_strategy: "latest",
      ...meta,
    },
    is_compensable: false,
    ...more,
  };
}

/** States `a b c` and edges `a>b b>c`. */
export function planOf(states: string, edges = ""): ExecutionPlan {
  const words = (text: string) => text.split(" ").filter((word) => word !== "");
  return {
    schema_version: 1,
    op_id: OP,
    states: words(states).map((name) => planned(name)),
    edges: words(edges).map((edge) => {
      const [from = "", to = ""] = edge.split(">");
      return { from: id(from), to: id(to) };
    }),
  };
}
