import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../shared/recompiler/wasm/bytes.ts";
import { CodeWriter } from "../../shared/recompiler/wasm/code.ts";
import { OP } from "../../shared/recompiler/wasm/opcodes.ts";
import { decodeModule, encodeModule } from "../../shared/recompiler/wasm/sections.ts";

describe("encodings of the binary format", () => {
  it("reads back every unsigned number", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (value) => {
        const out = new ByteWriter();
        out.unsigned(value);
        const reader = new ByteReader(out.finish());
        expect(reader.unsigned()).toBe(value);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  // The specification's own scheme, section 5.2.2; the shortest form.
  it.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [0x7fffffff, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-0x80000000, [0x80, 0x80, 0x80, 0x80, 0x78]],
    [0x80000000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])("writes the signed number %i", (value, bytes) => {
    const out = new ByteWriter();
    out.signed(value);
    expect([...out.finish()]).toEqual(bytes);
  });

  it.each([
    ["no end", [0x80, 0x80]],
    ["33 bits", [0x80, 0x80, 0x80, 0x80, 0x10]],
    ["six bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ])("refuses a number with %s", (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes)).unsigned()).toThrow(RangeError);
  });

  it("takes a module apart and puts it together again", () => {
    const anySection = fc.record({ id: fc.integer({ min: 0, max: 12 }), content: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(fc.array(anySection), (sections) => {
        expect(decodeModule(encodeModule(sections))).toEqual(sections);
      }),
    );
  });

  it("refuses every module that is cut short", () => {
    const module = encodeModule([{ id: 0, content: new Uint8Array(200) }]);
    for (let length = 0; length < module.length; length++) {
      if (length === 8) continue;
      expect(() => decodeModule(module.subarray(0, length))).toThrow(RangeError);
    }
  });
});

describe("code", () => {
  const written = (write: (code: CodeWriter) => void) => {
    const code = new CodeWriter();
    write(code);
    return [...code.finish()];
  };

  it("sets and gets a local in one", () => {
    const bytes = written((code) => {
      code.localSet(3);
      code.localGet(3);
    });
    expect(bytes).toEqual([OP.localTee, 3]);
  });

  it("does not where another instruction or a label is between", () => {
    const nop = (code: CodeWriter) => code.constant(1);
    for (const between of [nop, (code: CodeWriter) => code.end(), (code: CodeWriter) => code.localGet(2)]) {
      const bytes = written((code) => {
        code.localSet(3);
        between(code);
        code.localGet(3);
      });
      expect(bytes.slice(0, 2)).toEqual([OP.localSet, 3]);
    }
  });

  it("turns a comparison round, and anything else by comparing with 0", () => {
    const negated = (first: (code: CodeWriter) => void) =>
      written((code) => {
        first(code);
        code.not();
      });
    expect(negated((code) => code.op(OP.i32LtS))).toEqual([OP.i32GeS]);
    expect(negated((code) => code.op(OP.i32GeS))).toEqual([OP.i32LtS]);
    expect(negated((code) => code.op(OP.i32Eqz))).toEqual([OP.i32Eqz, OP.i32Eqz]);
    // The last byte is a local's number here, not a comparison.
    expect(negated((code) => code.localGet(OP.i32LtS))).toEqual([OP.localGet, OP.i32LtS, OP.i32Eqz]);
  });
});
