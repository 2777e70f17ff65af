import { isDeepStrictEqual } from "node:util";
import { refusals } from "./errors.ts";

/** Times go over the wire as seconds since 1970, with milliseconds as the fraction. */
export function epochSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** The object without the fields that are undefined, as responses leave them out. */
export function present<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

export function jsonEqual(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(left, right);
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

const mostTags = 50;

/** Tags with more tags set on them. @throws ServiceError `TooManyTags` */
export function tagsOf(arn: string, existing: Readonly<Record<string, string>>, added: readonly Tag[]) {
  const tags = { ...existing, ...Object.fromEntries(added.map(({ key, value }) => [key, value])) };
  if (Object.keys(tags).length > mostTags) throw refusals.tooManyTags(arn);
  return tags;
}
