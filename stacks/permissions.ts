import { PREFIXES, SUBMISSIONS } from "../shared/stores/aws/layout.ts";
import type { Storage } from "./storage.ts";

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly $util.Input<string>[];
}

function objects({ bucket }: Storage, ...prefixes: readonly string[]): $util.Output<string>[] {
  return prefixes.map((prefix) => $interpolate`${bucket.arn}/${prefix}*`);
}

/** To see that the stores are there; also what tells an object that is not there from one that is not shown. */
function seeing({ bucket }: Storage): Permission {
  return { actions: ["s3:ListBucket"], resources: [bucket.arn] };
}

/** To get and put artifacts, or bundles; what is found damaged, or is withdrawn, is set aside. */
function keeping(storage: Storage, ...prefixes: readonly string[]): readonly Permission[] {
  return [
    { actions: ["s3:GetObject", "s3:PutObject"], resources: objects(storage, ...prefixes) },
    { actions: ["s3:DeleteObjectVersion"], resources: objects(storage, ...prefixes) },
    { actions: ["s3:PutObject"], resources: objects(storage, PREFIXES.quarantine) },
  ];
}

/** What an attempt at a stage asks of the stores: artifacts, and its run's log. */
export function workerPermissions(
  storage: Storage,
  { touchesBundles }: { readonly touchesBundles: boolean },
): readonly Permission[] {
  const { runs, events } = storage.tables;
  return [
    seeing(storage),
    ...keeping(storage, PREFIXES.artifacts, ...(touchesBundles ? [PREFIXES.bundles] : [])),
    { actions: ["s3:GetObject", "s3:PutObject"], resources: objects(storage, PREFIXES.logs) },
    { actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources: [runs.arn] },
    { actions: ["dynamodb:PutItem", "dynamodb:Query"], resources: [events.arn] },
  ];
}

/** To take submissions in: manifests that were uploaded, and what is said of them; artifacts; the run's record. */
export function intakePermissions(storage: Storage): readonly Permission[] {
  const { runs, status } = storage.tables;
  const actions = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"];
  return [
    seeing(storage),
    ...keeping(storage, PREFIXES.artifacts),
    { actions, resources: objects(storage, SUBMISSIONS) },
    {
      actions: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      resources: [runs.arn],
    },
    { actions: ["dynamodb:PutItem"], resources: [status.arn] },
    ...claiming(storage),
  ];
}

/** To start runs that were taken in. */
export function sweepPermissions(storage: Storage): readonly Permission[] {
  return [
    seeing(storage),
    { actions: ["s3:GetObject"], resources: objects(storage, PREFIXES.artifacts) },
    {
      actions: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      resources: [storage.tables.runs.arn],
    },
    ...claiming(storage),
  ];
}

/** To say first in a run's log who carries it out, or to see who does. */
function claiming(storage: Storage): readonly Permission[] {
  return [
    { actions: ["s3:GetObject"], resources: objects(storage, PREFIXES.logs) },
    { actions: ["dynamodb:PutItem", "dynamodb:Query"], resources: [storage.tables.events.arn] },
  ];
}

/** To read events that are too long for an item of their table. */
export function readerPermissions(storage: Storage): readonly Permission[] {
  const { runs, events } = storage.tables;
  return [
    seeing(storage),
    { actions: ["s3:GetObject"], resources: objects(storage, PREFIXES.logs) },
    { actions: ["dynamodb:GetItem"], resources: [runs.arn] },
    { actions: ["dynamodb:Query"], resources: [events.arn] },
  ];
}

/** For Lambda itself, which acts as the function does. */
export function failingTo(queue: aws.sqs.Queue): Permission {
  return { actions: ["sqs:SendMessage"], resources: [queue.arn] };
}

/** To take submissions in, and to tell of runs and decide in them. */
export function apiPermissions(storage: Storage): readonly Permission[] {
  const { runs, status, events } = storage.tables;
  return [
    seeing(storage),
    ...keeping(storage, PREFIXES.artifacts),
    { actions: ["s3:GetObject", "s3:PutObject"], resources: objects(storage, PREFIXES.logs) },
    {
      actions: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      resources: [runs.arn],
    },
    { actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], resources: [status.arn] },
    { actions: ["dynamodb:PutItem", "dynamodb:Query"], resources: [events.arn] },
  ];
}
