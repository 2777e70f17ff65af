import type { RecordStore } from "../records/record-store.ts";
import type { ActivityRecord, MachineRecord } from "../records/records.ts";
import { arnOf, type Place, readArn } from "./arns.ts";
import { refusals } from "./errors.ts";
import type { Request } from "./requests.ts";
import { tagsOf } from "./wire.ts";

export interface TagRoom {
  readonly place: Place;
  readonly machines: RecordStore<MachineRecord>;
  readonly activities: RecordStore<ActivityRecord>;
}

type Tags = Readonly<Record<string, string>>;

interface Tagged {
  readonly tags: Tags;
  save(tags: Tags): Promise<void>;
}

export async function tagResource(room: TagRoom, request: Request<"TagResource">) {
  const resource = findTagged(room, request.resourceArn);
  await resource.save(tagsOf(request.resourceArn, resource.tags, request.tags));
  return {};
}

export async function untagResource(room: TagRoom, request: Request<"UntagResource">) {
  const resource = findTagged(room, request.resourceArn);
  const kept = Object.entries(resource.tags).filter(([key]) => !request.tagKeys.includes(key));
  await resource.save(Object.fromEntries(kept));
  return {};
}

export function listTagsForResource(room: TagRoom, request: Request<"ListTagsForResource">) {
  const { tags } = findTagged(room, request.resourceArn);
  return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
}

/** @throws ServiceError `InvalidArn`, `ResourceNotFound` */
function findTagged(room: TagRoom, arn: string): Tagged {
  const { kind, names } = readArn(arn, "stateMachine", "activity");
  const found =
    kind === "activity"
      ? taggedIn(room.activities, arn)
      : names.length === 1
        ? taggedIn(room.machines, arnOf(room.place, "stateMachine", names[0]!))
        : undefined;
  if (found === undefined) throw refusals.noResource(arn);
  return found;
}

function taggedIn<T extends { readonly tags: Tags }>(store: RecordStore<T>, arn: string): Tagged | undefined {
  const record = store.get(arn);
  return record && { tags: record.tags, save: (tags) => store.put({ ...record, tags }) };
}
