import { refusals } from "./errors.ts";

export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

const defaultSize = 100;

/** The oldest first, whatever order the process came to know them in: a token given before a restart holds after it. */
export function byCreation<T extends { readonly arn: string; readonly creationDate: number }>(
  records: readonly T[],
): T[] {
  return records.toSorted((one, other) => one.creationDate - other.creationDate || (one.arn < other.arn ? -1 : 1));
}

/**
 * One page of a list. A token says where the next page starts, and belongs to the list it was given for (`list` names
 * it, its filter included).
 * @throws ServiceError `InvalidToken` if the token was not given for this list.
 */
export function pageOf<T>(items: readonly T[], list: string, request: PageRequest): Page<T> {
  const { start, end, tokenFor } = pagesOf(list, request);
  const page = items.slice(start, end);
  return end < items.length ? { items: page, nextToken: tokenFor(end) } : { items: page };
}

/**
 * Which part of a list is asked for, where only that is read.
 * @throws ServiceError `InvalidToken` if the token was not given for this list.
 */
export function pagesOf(list: string, { maxResults, nextToken }: PageRequest) {
  const start = nextToken === undefined ? 0 : nextIn(nextToken, list, isIndex);
  return { start, end: start + pageSizeOf({ maxResults }), tokenFor: (next: number) => tokenOf(next, list) };
}

export function pageSizeOf({ maxResults }: PageRequest): number {
  return maxResults || defaultSize;
}

/** @param next where the page begins, as JSON keeps it */
export function tokenOf(next: unknown, list: string): string {
  return Buffer.from(JSON.stringify([next, list])).toString("base64url");
}

/** @throws ServiceError `InvalidToken` */
export function nextIn<Next>(token: string, list: string, isNext: (next: unknown) => next is Next): Next {
  try {
    const [next, owner] = JSON.parse(Buffer.from(token, "base64url").toString()) as [unknown, unknown];
    if (owner === list && isNext(next)) return next;
  } catch {
    // Not one of ours.
  }
  throw refusals.badToken();
}

const isIndex = (next: unknown): next is number => Number.isSafeInteger(next) && (next as number) >= 0;
