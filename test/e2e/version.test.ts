import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { restep, root } from "./cli.ts";

it.each(["--version", "-V"])("restep %s says which version it is", async (flag) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const { code, stdout } = await restep([flag]);
  expect([code, stdout.toString()]).toEqual([0, `${version}\n`]);
});
