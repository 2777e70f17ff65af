import { describe, expect, it } from "vitest";
import { readSymbolFile } from "../../../shared/recompiler/symbol-file/read.ts";

const read = (text: string) => readSymbolFile(new TextEncoder().encode(text), "game.syms");

/** Name, address and size of each. */
const functionsOf = (text: string) =>
  read(text).entries.map(({ name, address, size }) => `${name} ${address.toString(16)} ${size}`);

const TOML = `# Functions of two sections
[[section]]
name = "main"
rom = 0x00001000
vram = 0x80000400
size = 0x200
functions = [
  { name = "entry_point", vram = 0x80000400, size = 0x34 },
  { name = "main_loop", vram = 0x80000434, size = 88 },
]
relocs = [ { type = "R_MIPS_HI16", vram = 0x80000404, target_vram = 0x80000500 } ]

[[section]]
name = "data_only"
vram = 0x80010000
size = 0x10

[[section]]
name = "overlay"
vram = 0x80020000
size = 0x40

[[section.functions]]
name = "overlay_init"
vram = 0x80020000
size = 0x40
`;

const SYMBOL_ADDRS = `// Functions
osInitialize = 0x801378C0; // type:func size:0x40

main = 0x80000400; //type:func rom:0x1000 segment:main
unknown = 0x80000440;
looked_at = 2147484800; // size:16 a remark
table = 0x80001000; // type:s32 size:0x10
inner = 0x80000410; // type:label
hidden = 0x80000500; // type:func ignore:true
`;

const MAP = `Archive member included to satisfy reference by file (symbol)

libc.a(puts.o)                main.o (puts)

Discarded input sections

 .text.unused   0x00000000       0x10 main.o

Memory Configuration

Name             Origin             Length             Attributes
*default*        0x00000000         0xffffffff

Linker script and memory map

LOAD main.o
                0x00400000                        . = SEGMENT_START ("text-segment", 0x400000)

.text           0x00400100       0x90
                0x00400100                        _ftext = .
 *(.text.unlikely .text.*_unlikely .text.unlikely.*)
 .text.unlikely.rare
                0x00400100       0x10 main.o
 .text          0x00400110       0x20 crt1.o
                0x00400110                __start
                0x00400118                hidden_start
 .text.gone     0x00400130        0x0 main.o
 .text.main     0x00400130       0x14 main.o
                0x00400130                main
 *fill*         0x00400144        0xc 
 .text.startup.with_a_long_name
                0x00400150        0x8 main.o
 .text.two      0x00400158       0x18 main.o
                0x00400158                two
                0x00400160                second
 .text          0x0000000000400170       0x20 libc.a(puts.o)
                0x0000000000400170                _IO_puts
                0x0000000000400170                puts

.data           0x00410000        0x8
 .data          0x00410000        0x8 main.o
                0x00410000                counter
                0x00418000                _gp = ALIGN (0x10)
`;

const FUNCTIONS_CSV = String.raw`"Name","Location","Function Signature","Function Size"
"main","00400120","int main(int argc\, char * * argv)","100"
"operator\"\"_ms","ram:00400190","undefined operator()","8"
"pair<int\, int>","overlay::00400200","undefined pair()","16"
`;

const SYMBOLS_CSV = `"Name","Location","Type","Namespace","Source","Reference Count","Offcut Ref Count"
"main","00400120","Function","Global","User Defined","1","0"
"LAB_00400130","00400130","Instruction Label","Global","Analysis","1","0"
"counter","00410000","Data Label","Global","Imported","1","0"
"jump","00400140","Thunk Function","Global","Analysis","1","0"
"printf","External[00000001]","External Function","<EXTERNAL>","Imported","1","0"
`;

describe("a symbol file", () => {
  it.each([
    ["TOML of N64Recomp", TOML, ["entry_point 80000400 52", "main_loop 80000434 88", "overlay_init 80020000 64"]],
    [
      "symbol_addrs.txt of splat",
      SYMBOL_ADDRS,
      ["osInitialize 801378c0 64", "main 80000400 0", "unknown 80000440 0", "looked_at 80000480 16"],
    ],
    [
      "linker map of GNU ld",
      MAP,
      [
        "__start 400110 0",
        "hidden_start 400118 0",
        "main 400130 20",
        "with_a_long_name 400150 8",
        "two 400158 0",
        "second 400160 0",
        "_IO_puts 400170 0",
        "puts 400170 0",
      ],
    ],
    ["CSV of Ghidra", FUNCTIONS_CSV, ["main 400120 100", 'operator""_ms 400190 8', "pair<int, int> 400200 16"]],
    ["CSV of Ghidra", SYMBOLS_CSV, ["main 400120 0", "jump 400140 0"]],
  ])("is known by what is in it: %s", (format, text, functions) => {
    expect(read(text).format.name).toBe(format);
    expect(functionsOf(text)).toEqual(functions);
    expect(functionsOf(`\ufeff\r\n${text.replaceAll("\n", "\r\n")}`)).toEqual(functions);
  });

  it("may be exported with other columns, and without quotes", () => {
    expect(functionsOf("Entry Point, Tag,Label,size\n0x80000400,x,main,0x10\n")).toEqual(["main 80000400 16"]);
  });

  it("is told apart: what it states to be a function, and what may be data", () => {
    expect(read(SYMBOL_ADDRS).entries.map(({ isStated }) => isStated)).toEqual([true, true, false, false]);
  });

  it("has addresses of 64-bit tools", () => {
    const far = MAP.replaceAll("0x0000000000400170", "0xffffffff80400170").replace(/0x20 libc/, "0x20 libc");
    expect(functionsOf(far)).toContain("puts 80400170 0");
  });

  // biome-ignore format: a table, one row a fault
  it.each([
    ["",                                       "first line: expected a symbol file (linker map of GNU ld, CSV of Ghidra, symbol_addrs.txt of splat, TOML of N64Recomp), found nothing"],
    ["int main(void) {\n",                     'TOML of N64Recomp), found "int main(void) {"'],
    ["a = 0x10;\nb = 0x20\n",                  'line 2: expected name = 0x80001050; // type:func size:0x20, found "b = 0x20"'],
    ["a = here;\n",                            'line 1: expected an address of 32 bits, such as 0x80001050, found "here"'],
    ["a = 0x10; // size:big\n",                'line 1: expected a size in bytes, such as size:0x20, found "size:big"'],
    ["a = 0x10; // type:s32\n",                "symbol_addrs.txt of splat: expected at least one function, found none"],
    ["[[section]]\nname = \n",                 "line 2, column "],
    ["[[section]]\nsymbols = []\n",            "the file: expected [[section]] tables with functions, as in a symbol file (files of data symbols have none), found 1 sections without"],
    ["[input]\nelf_path = 'a'\n",              "the file: section: expected an array of tables, found none"],
    ["[[section]]\nfunctions = [{ name = 'a', vram = -1, size = 4 }]\n", 'section 0, function 0: vram: expected an address of 32 bits, such as 0x80001050, found "-1"'],
    ["[[section]]\nfunctions = [{ vram = 4, size = 4 }]\n", "section 0, function 0: name: expected a name, found none"],
    ["[[section]]\nfunctions = [{ name = 'a', vram = 4 }]\n", "section 0, function 0: size: expected a size in bytes, such as 0x20, found none"],
    ["Name,Location\nmain,somewhere\n",        'line 2: expected a location such as 00400120, found "somewhere"'],
    ["Name,Location\n,00400120\n",             "line 2: expected a name, found none"],
    ["Name,Location,Size\nmain,00400120,ten\n", 'line 2: expected a size in bytes, found "ten"'],
  ])("is refused where it breaks its form: %j", (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: "SymbolFileError", message: expect.stringContaining(message) }));
    expect(() => read(text)).toThrow(/^game\.syms: /);
  });

  it("takes no time to speak of on a long line that never ends", () => {
    expect(() => read(`Name,Location\n"${"\\,".repeat(50_000)}`)).toThrow("expected a location");
  });
});
