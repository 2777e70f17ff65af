import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyBinary, applyUnary, BINARY, DIVISIONS, POWERS, UNARY } from "./calculator.ts";
import { ENGINES } from "./guest.ts";

/** Values on the edges of 32 and 64 bits as often as values in between. */
const value64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer().map(BigInt),
  fc.constantFrom(0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)),
);

const isDefined = (operator: string, right: bigint) =>
  !(DIVISIONS.has(operator) && right === 0n) && !(POWERS.has(operator) && right < 0n);

const binaryCase = fc
  .tuple(fc.constantFrom(...Object.keys(BINARY)), value64, value64)
  .filter(([operator, , right]) => isDefined(operator, right))
  .map(([operator, left, right]) => ({
    program: `${left} ${right} ${operator}`,
    expected: applyBinary(operator, left, right),
  }));

const unaryCase = fc.tuple(fc.constantFrom(...Object.keys(UNARY)), value64).map(([operator, value]) => ({
  program: `${value} ${operator}`,
  expected: applyUnary(operator, value),
}));

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
const ackermann = (m: number, n: number): number =>
  m === 0 ? n + 1 : ackermann(m - 1, n === 0 ? 1 : ackermann(m, n - 1));
const isPrime = (n: number) => n > 1 && range(n).every((divisor) => divisor < 2 || n % divisor !== 0);
function collatz(start: number): number {
  let length = 0;
  for (let n = start; n !== 1; n = n % 2 === 0 ? n / 2 : 3 * n + 1) length++;
  return length;
}

const lines = (...values: readonly (string | number | bigint)[]) => values.map((value) => `${value}\n`).join("");

const PROGRAMS: readonly { title: string; program: string; output: string }[] = [
  { title: "prints what is left on the stack", program: "1 2 3 + 4", output: lines(1, 5, 4) },
  {
    title: "prints signed, unsigned, in hexadecimal and as characters",
    program: "-1 p -1 u -1 x 0xCAFE x 72 c 105 c nl",
    output: lines(-1, 2n ** 64n - 1n, "0xffffffffffffffff", "0x000000000000cafe", "Hi"),
  },
  {
    title: "moves values",
    program: "1 2 3 rot s swap s over s dup s drop depth s clear s",
    output: lines("2 3 1", "2 1 3", "2 1 3 1", "2 1 3 1 1", "2 1 3 1 4", ""),
  },
  {
    title: "sorts both ways",
    program: "3 -1 9223372036854775807 0 sort s rsort s clear",
    output: lines(`-1 0 3 ${2n ** 63n - 1n}`, `${2n ** 63n - 1n} 3 0 -1`),
  },
  {
    title: "keeps values in cells",
    program: "-5 0 ! 0x123456789abcdef0 255 ! 255 @ x 0 @ p",
    output: lines("0x123456789abcdef0", -5),
  },
  {
    title: "prints texts and passes over comments",
    program: '( no ) "Hello,  world" nl # to the end\n7',
    output: lines("Hello,  world", 7),
  },
  {
    title: "recurses through definitions",
    program: `: fact dup 2 < if drop 1 else dup 1 - fact * then ; ${range(21)
      .map((n) => `${n} fact`)
      .join(" ")}`,
    output: lines(...range(21).map(factorial)),
  },
  {
    title: "recurses through C",
    program: range(20)
      .map((n) => `${n} fib`)
      .join(" "),
    output: lines(...range(20).map(fibonacci)),
  },
  {
    title: "computes Ackermann's function",
    program: "0 8 ack 1 8 ack 2 8 ack 3 5 ack",
    output: lines(ackermann(0, 8), ackermann(1, 8), ackermann(2, 8), ackermann(3, 5)),
  },
  {
    title: "loops with until",
    program: `: collatz 0 1 ! begin dup 2 % if 3 * 1 + else 2 / then 1 @ 1 + 1 ! dup 1 = until drop 1 @ ; ${range(30)
      .map((i) => `${i + 2} collatz`)
      .join(" ")}`,
    output: lines(...range(30).map((i) => collatz(i + 2))),
  },
  {
    title: "loops with while, and leaves a definition early",
    program: `: prime dup 2 < if drop 0 exit then 2 begin over over dup * >= while over over % not if drop drop 0 exit then 1 + repeat drop drop 1 ; ${range(
      60,
    )
      .map((n) => `${n} prime`)
      .join(" ")}`,
    output: lines(...range(60).map((n) => Number(isPrime(n)))),
  },
  {
    title: "lets a definition replace an older one",
    program: ": a 1 ; : b a ; : a 2 ; a b : + * ; 3 4 +",
    output: lines(2, 1, 12),
  },
  {
    title: "takes roots",
    program: "0 sqrt 99 sqrt 100 sqrt 9223372036854775807 sqrt",
    output: lines(0, 9, 10, 3037000499),
  },
  { title: "runs an empty program", program: "  ", output: "" },
];

const ERRORS: readonly { program: string; output?: string; reason: string }[] = [
  { program: "1 p foo", reason: "1:5: foo: unknown word" },
  { program: "1 p\n 2 +", output: "1\n", reason: "2:4: +: too few values on the stack" },
  { program: "5 0 /", reason: "1:5: /: division by zero" },
  { program: "5 0 u%", reason: "1:5: u%: division by zero" },
  { program: "2 -1 pow", reason: "1:6: pow: the exponent is negative" },
  { program: "-1 sqrt", reason: "1:4: sqrt: the root of a negative number" },
  { program: "41 fib", reason: "1:4: fib: takes 0 to 40" },
  { program: "4 1 ack", reason: "1:5: ack: takes 0 to 3 and 0 to 8" },
  { program: "256 @", reason: "1:5: @: cells are numbered 0 to 255" },
  { program: "9 @", reason: "1:3: @: nothing was stored in this cell" },
  { program: "18446744073709551616", reason: "1:1: 18446744073709551616: does not fit in 64 bits" },
  { program: "-9223372036854775809", reason: "1:1: -9223372036854775809: does not fit in 64 bits" },
  { program: ": f f ; f", reason: "1:5: f: calls are nested too deep" },
  { program: "begin 1 0 until", reason: "1:9: 0: the stack is full" },
  { program: "1 then", reason: "1:3: then: needs an if before it" },
  { program: "begin 1 repeat", reason: "1:9: repeat: needs a begin and a while before it" },
  { program: ": a : b ;", reason: "1:5: :: a definition cannot stand inside another or inside a structure" },
  { program: ": 12 ;", reason: "1:3: 12: a number cannot be a name" },
  { program: '"open', reason: '1:1: "open: the text has no closing quote' },
  { program: "( open", reason: "1:1: (: the comment has no end" },
  { program: "1 if 2", reason: "the program ends inside a definition, an if or a begin" },
];

for (const engine of ENGINES) {
  describe.skipIf(engine.isMissing)(`dispatch, ${engine.title}`, () => {
    it("agrees with BigInt on every operator, on any 64-bit values", () => {
      fc.assert(
        fc.property(fc.array(fc.oneof(binaryCase, unaryCase), { minLength: 300, maxLength: 300 }), (cases) => {
          const run = engine.run("dispatch", [], cases.map(({ program }) => `${program} p`).join("\n"));
          expect(run).toEqual({ output: lines(...cases.map(({ expected }) => expected)), errors: "", status: 0 });
        }),
        { numRuns: 10 },
      );
    });

    it.each(PROGRAMS)("$title", ({ program, output }) => {
      expect(engine.run("dispatch", [program])).toEqual({ output, errors: "", status: 0 });
    });

    it.each(ERRORS)("$program: $reason", ({ program, output = "", reason }) => {
      expect(engine.run("dispatch", [program])).toEqual({ output, errors: `dispatch: ${reason}\n`, status: 1 });
    });

    it("takes its program from several arguments or from standard input alike", () => {
      const expected = { output: "42\n", errors: "", status: 0 };
      expect(engine.run("dispatch", ["6", "7", "*"])).toEqual(expected);
      expect(engine.run("dispatch", [], "6 7\n*\n")).toEqual(expected);
    });

    it("refuses a program it has no room for", () => {
      const run = engine.run("dispatch", [], " ".repeat(32_769));
      expect(run).toEqual({ output: "", errors: "dispatch: the program is longer than 32768 bytes\n", status: 1 });
    });
  });
}
