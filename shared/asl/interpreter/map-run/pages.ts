/** Items in the pieces in which they come: one promise for many of them. */
export type Pages<Item = unknown> = AsyncIterable<readonly Item[]>;

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
export async function* atMost<Item>(pages: Pages<Item>, count: number): AsyncGenerator<readonly Item[]> {
  let left = count;
  for await (const page of pages) {
    if (page.length >= left) {
      yield page.slice(0, left);
      return;
    }
    left -= page.length;
    yield page;
  }
}
