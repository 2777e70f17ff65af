import * as z from "zod";
import { ErrorCode } from "./ids.ts";

export const ErrorCategory = z.enum([
  "parsing_input",
  "contract",
  "validation",
  "gate",
  "recompiler",
  "storage",
  "context",
  "resource",
  "unknown",
]);
export type ErrorCategory = z.infer<typeof ErrorCategory>;

/** An error as it is stored and sent: no secrets, fit to show. `name` is the ASL error name. */
export const ErrorInfo = z
  .strictObject({
    name: z.string().min(1).max(256),
    code: ErrorCode,
    category: ErrorCategory,
    retryable: z.boolean(),
    message: z.string(),
    details: z.json().optional(),
  })
  .meta({ id: "ErrorInfo", description: "A structured error." });
export type ErrorInfo = z.infer<typeof ErrorInfo>;
