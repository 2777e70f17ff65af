import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./guest.ts";

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Bytes that differ from place to place, so that a lost or doubled piece shows. */
const patterned = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 131 + (i >>> 8) * 17) & 0xff);

/** Around the padding's edge, the block's, and the input buffer's. */
const SIZES = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 65_535, 65_536, 65_537, 131_072, 1_000_003];

for (const engine of ENGINES) {
  describe.skipIf(engine.isMissing)(`sha256, ${engine.title}`, () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "restep-sha256-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    function file(name: string, bytes: Uint8Array): string {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    }

    it("agrees with node:crypto at every size around a boundary", () => {
      const paths = SIZES.map((size) => file(`size-${size}`, patterned(size)));
      const expected = SIZES.map((size, i) => `${digestOf(patterned(size))}  ${paths[i]}\n`).join("");
      expect(engine.run("sha256", paths)).toEqual({ output: expected, errors: "", status: 0 });
    });

    it("agrees with node:crypto on any bytes", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          expect(engine.run("sha256", [], bytes).output).toBe(`${digestOf(bytes)}  -\n`);
        }),
        { numRuns: 20 },
      );
    });

    it.each([
      ["without arguments", []],
      ["for -", ["-"]],
      ["for - behind --", ["--", "-"]],
    ])("reads standard input %s", (_, args) => {
      const bytes = patterned(200_000);
      expect(engine.run("sha256", args, bytes)).toEqual({
        output: `${digestOf(bytes)}  -\n`,
        errors: "",
        status: 0,
      });
    });

    it("reports what it cannot read and goes on with the others", () => {
      const first = file("first", patterned(10));
      const last = file("last", patterned(20));
      const inner = join(folder, "inner");
      mkdirSync(inner, { recursive: true });
      const run = engine.run("sha256", [first, join(folder, "absent"), inner, join(first, "below"), last]);
      expect(run).toEqual({
        output: `${digestOf(patterned(10))}  ${first}\n${digestOf(patterned(20))}  ${last}\n`,
        errors: [
          `sha256: ${join(folder, "absent")}: No such file or directory\n`,
          `sha256: ${inner}: Is a directory\n`,
          `sha256: ${join(first, "below")}: Not a directory\n`,
        ].join(""),
        status: 1,
      });
    });

    it("escapes a name that would break its line", () => {
      const path = file("a\\b\nc", patterned(3));
      const escaped = path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
      expect(engine.run("sha256", [path]).output).toBe(`\\${digestOf(patterned(3))}  ${escaped}\n`);
    });

    it("refuses an option", () => {
      const run = engine.run("sha256", ["--check"]);
      expect(run).toMatchObject({ output: "", status: 1 });
      expect(run.errors).toContain("sha256: --check: unknown option");
    });
  });
}
