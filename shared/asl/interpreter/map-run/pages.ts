/** Items in the pieces in which they come: one promise for many of them. */
export type Pages<Item = unknown> = AsyncIterable<readonly Item[]>;

/** Items of a Map, and where they are from: `S3://bucket/key`. */
export interface ItemPage {
  readonly items: readonly unknown[];
  readonly source: string;
}

export type ItemPages = AsyncIterable<ItemPage>;

const ITEMS_ON_A_PAGE = 256;

/** Puts items that come one by one on pages. */
export async function* paged<Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length >= ITEMS_ON_A_PAGE) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/** The first items, up to a count. */
export async function* atMost(pages: ItemPages, count: number): AsyncGenerator<ItemPage> {
  let left = count;
  for await (const { items, source } of pages) {
    if (items.length >= left) {
      yield { items: items.slice(0, left), source };
      return;
    }
    left -= items.length;
    yield { items, source };
  }
}

/** All from one place. */
export async function* from(source: string, pages: Pages): AsyncGenerator<ItemPage> {
  for await (const items of pages) yield { items, source };
}
