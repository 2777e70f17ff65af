import * as z from "zod";
import { ErrorInfo } from "./error-info.ts";
import { ArtifactRef, Sha256 } from "./ids.ts";
import { HttpMethod } from "./io-settings.ts";

const SCOPE = "[a-z][a-z0-9_]*(?:\\.[a-z0-9_]+)*";
const NAMESPACE = "[a-z][a-z0-9_]{0,62}";
const NAME = "[A-Za-z0-9_.:-]{1,128}(?:/[A-Za-z0-9_.:-]{1,128})*";

/** Whose facts they are: a stage, or one item of its Map, such as `lift.shard_3`. */
export const FactScope = z
  .string()
  .max(255)
  .regex(new RegExp(`^${SCOPE}$`), "expected <stage> or <stage>.shard_<n>")
  .brand<"FactScope">();
export type FactScope = z.infer<typeof FactScope>;

/** What answers a call: `model`, `http`, `exec`, `clock`, `random`; `value` is what the run itself reads. */
export const FactNamespace = z.string().regex(new RegExp(`^${NAMESPACE}$`), "expected a namespace such as http");
export type FactNamespace = z.infer<typeof FactNamespace>;

/** Tells the calls of one attempt in one namespace apart: the same in every attempt and every run of the same inputs. */
export const FactName = z
  .string()
  .max(512)
  .regex(new RegExp(`^${NAME}$`), "expected a fact's name: A-Z a-z 0-9 _ . : - in parts between slashes");
export type FactName = z.infer<typeof FactName>;

/** `<scope>/<namespace>/<name>`: names one recorded external input of a run. */
export const FactKey = z
  .string()
  .regex(new RegExp(`^${SCOPE}/${NAMESPACE}/${NAME}$`), "expected <scope>/<namespace>/<name>")
  .brand<"FactKey">();
export type FactKey = z.infer<typeof FactKey>;

/** Any JSON value, kept as it is: `z.json()` would leave out a key named `__proto__`. */
const JsonValue = z.unknown().refine((value) => value !== undefined, "expected a JSON value");

/** How a call ended. Errors are facts too: a replay fails where the run failed. */
export const FactOutcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("response"), response: JsonValue }),
  z.strictObject({ kind: z.literal("error"), error: ErrorInfo }),
]);
export type FactOutcome = z.infer<typeof FactOutcome>;

/** A fact as an artifact of kind `fact_payload`; sealed, as one of kind `secret_payload`, where it holds a secret. */
export const FactPayload = z
  .strictObject({
    schema_version: z.literal(1),
    key: FactKey,
    namespace: FactNamespace,
    request: JsonValue,
    request_sha256: Sha256.describe("of the canonical JSON of {namespace, request}"),
    outcome: FactOutcome,
  })
  .meta({ id: "FactPayload", description: "A recorded fact: what was asked and what came back." });
export type FactPayload = z.infer<typeof FactPayload>;

/** A fact as the run's log has it. */
export const FactIndexEntry = z.strictObject({
  key: FactKey,
  attempt: z.int().nonnegative().describe("the try at the state in which it was recorded"),
  request_sha256: Sha256,
  outcome: z.enum(["response", "error"]),
  payload: ArtifactRef,
});
export type FactIndexEntry = z.infer<typeof FactIndexEntry>;

/** The facts of a run, for another run to replay. By key and attempt; within both in the order of the log. */
export const FactIndex = z
  .strictObject({ schema_version: z.literal(1), facts: z.array(FactIndexEntry) })
  .meta({ id: "FactIndex", description: "The facts of a run." });
export type FactIndex = z.infer<typeof FactIndex>;

/** Text, or bytes that are not UTF-8. */
export const Content = z.union([z.string(), z.strictObject({ base64: z.base64() })]);
export type Content = z.infer<typeof Content>;

/** A call in the namespace `exec`. */
export const ExecRequest = z.strictObject({
  program: z.string().min(1).describe("name in exec.allow"),
  args: z.array(z.string().refine((arg) => !arg.includes("\0"), "expected no NUL")),
  stdin: z.string().optional(),
  timeout_ms: z.int().positive().optional().describe("shortens the limit of exec.timeout_ms"),
  files: z
    .array(
      z.strictObject({
        path: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "expected the name of a file: a-z 0-9 . _ -"),
        artifact: ArtifactRef,
      }),
    )
    .max(16)
    .optional()
    .describe("put into the folder it works in, readable and executable"),
});
export type ExecRequest = z.infer<typeof ExecRequest>;

export const ExecResponse = z.strictObject({
  exit_status: z.int().nullable().describe("null when a signal ended the program"),
  signal: z.string().optional(),
  stdout: Content,
  stderr: Content,
  program_sha256: Sha256.describe("of the program's file"),
  environment: z.record(z.string(), z.string()).describe("all variables that the program saw"),
});
export type ExecResponse = z.infer<typeof ExecResponse>;

/** A header's value, or the environment variable it stands in: then only the name is recorded. */
export const HeaderValue = z.union([
  z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, "expected a header's value: one line of Latin-1"),
  z.strictObject({
    env: z.string().min(1).describe("name in http.env_allowlist"),
    prefix: z
      .string()
      .regex(/^[\x20-\x7e]*$/)
      .optional()
      .describe("such as `Bearer `"),
  }),
]);
export type HeaderValue = z.infer<typeof HeaderValue>;

/** A call in the namespace `http`. */
export const HttpRequest = z
  .strictObject({
    method: HttpMethod,
    url: z.url({ protocol: /^https?$/ }),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "expected a header's name"), HeaderValue)
      .optional(),
    body: Content.optional(),
  })
  .refine(({ method, body }) => body === undefined || (method !== "GET" && method !== "HEAD"), {
    path: ["body"],
    message: "expected no body in a GET or HEAD",
  });
export type HttpRequest = z.infer<typeof HttpRequest>;

export const HttpResponse = z.strictObject({
  status: z.int(),
  url: z.string().describe("where it came from, behind all redirects"),
  headers: z.record(z.string(), z.string()).describe("those that http.response_headers names, in lowercase"),
  body: Content,
});
export type HttpResponse = z.infer<typeof HttpResponse>;
