import * as z from "zod";

const MAX_TIMEOUT = 900_000;
const timeout = z.int().min(1).max(MAX_TIMEOUT);

/** Variables with keys of Restep's own. A config says what a run may do, and is not always its operator's. */
export const OWN_KEYS: readonly string[] = ["RESTEP_SECRET_KEY", "RESTEP_SIGNING_KEY"];

/** Name of an environment variable whose value leaves Restep. */
const Variable = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable")
  // Some systems take a name in any case.
  .refine((name) => !OWN_KEYS.includes(name.toUpperCase()), "expected no key of Restep's own");

/** A program a run may start, under the name that calls use. */
export const AllowedProgram = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "expected a name: 1 to 63 of A-Z a-z 0-9 . _ -")
    .describe("what calls name it by"),
  program: z
    .string()
    .max(4_096)
    .regex(/^(\/|[A-Za-z]:[\\/])[^\0]*$/, "expected an absolute path")
    .describe("absolute path of the program; PATH is not searched"),
  args_prefix: z.array(z.string()).max(64).default([]).describe("arguments before those of every call"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hexadecimal digits (SHA-256)")
    .optional()
    .describe("SHA-256 of the program's file; any other file is refused"),
});
export type AllowedProgram = z.infer<typeof AllowedProgram>;

/** `run.exec`: which programs a run may start, and within which limits. None by default. */
export const ExecSettings = z.strictObject({
  allow: z
    .array(AllowedProgram)
    .max(256)
    .refine((programs) => new Set(programs.map(({ name }) => name)).size === programs.length, "expected each name once")
    .default([])
    .meta({
      description: "programs a run may start; none where left out",
      examples: [
        [
          { name: "objdump", program: "/usr/bin/objdump", args_prefix: ["-d"] },
          { name: "qemu", program: "/usr/bin/qemu-mipsel" },
        ],
      ],
    }),
  timeout_ms: timeout
    .default(60_000)
    .meta({ description: "milliseconds after which a program and all it started are killed", examples: [10_000] }),
  max_output_bytes: z
    .int()
    .min(0)
    .max(64 * 2 ** 20)
    .default(2 ** 20)
    .meta({ description: "of standard output and standard error together", examples: [4_194_304] }),
  env_allowlist: z
    .array(Variable)
    .default([])
    .meta({ description: "environment variables that programs see; their values are recorded", examples: [["LANG"]] }),
});
export type ExecSettings = z.infer<typeof ExecSettings>;

export const HttpMethod = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
export type HttpMethod = z.infer<typeof HttpMethod>;

export const AllowedHost = z.strictObject({
  host: z
    .string()
    .max(260)
    .regex(
      /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/,
      "expected a host in lowercase, such as example.com or example.com:8443",
    )
    .describe("exact name, with its port where it is not the scheme's own"),
  methods: z.array(HttpMethod).min(1).default(["GET"]).describe("that may be called with"),
  scheme: z.enum(["https", "http"]).default("https").describe("http is not encrypted"),
});
export type AllowedHost = z.infer<typeof AllowedHost>;

/** `run.http`: which hosts a run may call, and within which limits. None by default. */
export const HttpSettings = z.strictObject({
  allow: z
    .array(AllowedHost)
    .max(256)
    .default([])
    .meta({
      description: "hosts a run may call; none where left out",
      examples: [[{ host: "example.com:8443", methods: ["GET", "POST"] }]],
    }),
  timeout_ms: timeout
    .default(60_000)
    .meta({ description: "milliseconds for one call, redirects and body included", examples: [10_000] }),
  max_response_bytes: z
    .int()
    .min(0)
    .max(64 * 2 ** 20)
    .default(4 * 2 ** 20)
    .meta({ description: "of a response's decoded body", examples: [65_536] }),
  response_headers: z
    .array(z.string().regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "expected a header's name in lowercase"))
    .default(["content-type", "etag", "last-modified", "link", "location", "retry-after"])
    .meta({ description: "headers of a response that are recorded; no other is seen", examples: [["content-type"]] }),
  env_allowlist: z
    .array(Variable)
    .default([])
    .meta({
      description: "environment variables whose values may be sent in a request's headers; they are never recorded",
      examples: [["SERVICE_TOKEN"]],
    }),
});
export type HttpSettings = z.infer<typeof HttpSettings>;

/** `run.breaker`: when calls to a service that keeps failing are refused without being made. */
export const BreakerSettings = z.strictObject({
  failures: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .meta({ description: "consecutive transport failures that open the circuit", examples: [3] }),
  half_open_after_ms: z
    .int()
    .min(1)
    .max(3_600_000)
    .default(30_000)
    .meta({ description: "milliseconds until an open circuit lets one call through to see", examples: [10_000] }),
});
export type BreakerSettings = z.infer<typeof BreakerSettings>;

/** What a run config says of the outside, each under its own key. Nothing is allowed by default. */
export const IO_SETTINGS = {
  exec: ExecSettings.prefault({}).describe("which programs a run may start, and within which limits"),
  http: HttpSettings.prefault({}).describe("which hosts a run may call, and within which limits"),
  breaker: BreakerSettings.prefault({}).describe("when a service that keeps failing is left alone for a while"),
};
