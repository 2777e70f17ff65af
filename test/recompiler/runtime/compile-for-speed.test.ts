import { describe, expect, it } from "vitest";
import { compileForSpeed } from "../../../shared/recompiler/runtime/compile-for-speed.ts";

describe("having V8 compile for speed", () => {
  const always = ["--no-liftoff", "--no-wasm-lazy-compilation"];

  it.each([
    { node: 20, v8: "11.3.244.8-node.39", flags: always },
    { node: 22, v8: "12.4.254.21-node.33", flags: always },
    { node: 24, v8: "13.6.233.10-node.28", flags: [...always, "--no-wasm-deopt"] },
    { node: 26, v8: "14.6.202.34-node.32", flags: [...always, "--no-wasm-deopt"] },
  ])("sets the flags that the V8 of Node $node knows and needs", ({ v8, flags }) => {
    const set: string[] = [];
    compileForSpeed(v8, (flag) => set.push(flag));
    expect(set).toEqual(flags);
  });
});
