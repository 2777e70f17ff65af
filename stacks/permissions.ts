import { PREFIXES } from "../shared/stores/aws/layout.ts";
import type { Storage } from "./storage.ts";

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly $util.Input<string>[];
}

/** What an attempt at a stage asks of the stores: artifacts, and its run's log. */
export function workerPermissions(
  { bucket, tables }: Storage,
  { touchesBundles }: { readonly touchesBundles: boolean },
): readonly Permission[] {
  const objects = (...prefixes: string[]) => prefixes.map((prefix) => $interpolate`${bucket.arn}/${prefix}*`);
  const removable = [PREFIXES.artifacts, ...(touchesBundles ? [PREFIXES.bundles] : [])];
  return [
    // Also what tells an object that is not there from one that is not shown.
    { actions: ["s3:ListBucket"], resources: [bucket.arn] },
    { actions: ["s3:GetObject", "s3:PutObject"], resources: objects(...removable, PREFIXES.logs) },
    // Of what is damaged, or withdrawn.
    { actions: ["s3:DeleteObjectVersion"], resources: objects(...removable) },
    { actions: ["s3:PutObject"], resources: objects(PREFIXES.quarantine) },
    { actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources: [tables.runs.arn] },
    { actions: ["dynamodb:PutItem", "dynamodb:Query"], resources: [tables.events.arn] },
  ];
}
