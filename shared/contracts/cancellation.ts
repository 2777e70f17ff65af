import * as z from "zod";
import { PrincipalId } from "./ids.ts";

/** Who wants a run cancelled, and why: what the store keeps until the run's log says it. */
export const Cancellation = z.strictObject({ by: PrincipalId, reason: z.string().min(1).max(1_000) });
export type Cancellation = z.infer<typeof Cancellation>;
