import { describe, expect, it } from "vitest";
import { TABLES } from "../../../shared/stores/aws/layout.ts";

describe("the tables beside a bucket", () => {
  it("have the keys that a deployment makes and every release must find", () => {
    expect(TABLES).toEqual({
      events: { hash: { name: "run_id", type: "S" }, range: { name: "first", type: "N" } },
      history: { hash: { name: "run_id", type: "S" }, range: { name: "first", type: "N" } },
      runs: { hash: { name: "subject", type: "S" }, range: { name: "part", type: "S" } },
      status: { hash: { name: "run_id", type: "S" }, range: undefined },
    });
  });
});
