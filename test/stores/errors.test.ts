import { describe, expect, it } from "vitest";
import { ErrorCode } from "../../shared/contracts/ids.ts";
import {
  AccessDeniedError,
  ConcurrencyError,
  ConflictError,
  CorruptionError,
  InvalidInputError,
  IoError,
  LayoutError,
  LeaseHeldError,
  LeaseLostError,
  NoSpaceError,
  NotFoundError,
  type StoreError,
  UnsupportedFormatError,
} from "../../shared/stores/errors.ts";
import { RUN } from "./support/samples.ts";

const cause = new Error("errno");
const holder = { holder: "alice", place: "process 7", since: "2026-01-01T00:00:00.000Z" };
const at = { where: "/store/f", expected: "one", found: "two" };

describe("an error of a store", () => {
  it.each<[StoreError, object, RegExp]>([
    [new ConcurrencyError(RUN, 3, 5), { run_id: RUN, expected: 3, found: 5 }, /end at seq 3, found 5; .*try again$/],
    [
      new NotFoundError("run x", "/store"),
      { what: "run x", where: "/store" },
      /^run x not found in \/store; check the id/,
    ],
    [
      new NotFoundError("a store", "/s", "make one"),
      { what: "a store", where: "/s" },
      /^a store not found in \/s; make one$/,
    ],
    [
      new CorruptionError("the log", { ...at, remedy: "restore it" }),
      { what: "the log", ...at },
      /^the log in \/store\/f is damaged: expected one, found two; restore it$/,
    ],
    [
      new ConflictError(RUN, ["priority"], "a", "b"),
      { run_id: RUN, expected: "a", found: "b" },
      /: priority differs \(expected SHA-256 a, found b\); submit/,
    ],
    [
      new LeaseHeldError(RUN, holder),
      { run_id: RUN, ...holder },
      /^run 1{8}-.* is held by alice \(process 7\) since 2026/,
    ],
    [new LeaseHeldError({ folder: "/f" }, holder), { folder: "/f", ...holder }, /^\/f is held by alice/],
    [new LeaseLostError(RUN, 4), { run_id: RUN, epoch: 4 }, /^run .*: lease 4 .* goes on with the run; nothing more/],
    [new LeaseLostError({ folder: "/f" }, 4), { folder: "/f", epoch: 4 }, /^\/f: lease 4 .* goes on with its work;/],
    [new NoSpaceError("write", "/f", cause), { where: "/f" }, /^cannot write: no space left for \/f; free/],
    [
      new AccessDeniedError("write", "/f", "denied", cause),
      { where: "/f", reason: "denied" },
      /^cannot write: denied at \/f/,
    ],
    [
      new LayoutError("write", "/f", "a file", cause),
      { where: "/f", found: "a file" },
      /^cannot write: a file at \/f; move/,
    ],
    [
      new IoError("write", "/f", "bad sector", cause),
      { where: "/f", reason: "bad sector" },
      /^cannot write: bad sector at \/f/,
    ],
    [
      new InvalidInputError("run id", "a UUID", "x"),
      { what: "run id", expected: "a UUID", found: "x" },
      /^run id: expected a UUID, found x$/,
    ],
    [
      new UnsupportedFormatError("too new", { what: "store", expected: 1, found: 2 }),
      { what: "store", expected: 1, found: 2 },
      /^too new$/,
    ],
  ])("says in words and in fields what was wrong, where, and what to do: %s", (error, details, message) => {
    expect(error.details).toEqual(details);
    expect(error.message).toMatch(message);
    expect(error.name).toBe(error.constructor.name);
    expect(ErrorCode.parse(error.code)).toBe(error.code);
    expect(error.category).toEqual(expect.any(String));
    const isOfSystem = ["NoSpaceError", "AccessDeniedError", "LayoutError", "IoError"].includes(error.name);
    expect(error.cause).toBe(isOfSystem ? cause : undefined);
  });

  it("tells those who may try again from those who may not", () => {
    const retryable = [new IoError("read", "/f", "away", cause), new ConcurrencyError(RUN, 1, 2)].map(
      (each) => each.retryable,
    );
    const final = [new CorruptionError("x", { ...at, remedy: "y" }), new InvalidInputError("a", "b", "c")];
    expect(final.map((each) => each.retryable)).toEqual([false, false]);
    expect(retryable).toContain(true);
    expect(new LeaseHeldError(RUN, holder)).toMatchObject({ place: "process 7", since: holder.since });
    expect(new ConcurrencyError(RUN, 1, 2)).toMatchObject({ expected: 1, found: 2 });
  });
});
