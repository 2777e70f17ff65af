/** A value as DynamoDB's API writes it: one field, named by the type. */
export type AttributeValue = Readonly<Record<string, unknown>>;

export type Item = Readonly<Record<string, AttributeValue>>;

/** Tables of items, as DynamoDB keeps them. */
export interface TableStore {
  /** Names of the attributes that make up the key; undefined if there is no such table. */
  keyOf(table: string): readonly string[] | undefined;
  get(table: string, key: Item): Promise<Item | undefined>;
  put(table: string, item: Item): Promise<void>;
  delete(table: string, key: Item): Promise<void>;
  /** All items of a table. */
  scan(table: string): AsyncIterable<Item>;
}

/** Tables in memory. @param tables the key attributes of each, by the name of the table. */
export function memoryTableStore(tables: Readonly<Record<string, readonly string[]>>): TableStore {
  const items = new Map(Object.keys(tables).map((name) => [name, new Map<string, Item>()]));
  const keyText = (table: string, item: Item) => JSON.stringify((tables[table] ?? []).map((name) => item[name]));
  return {
    keyOf: (table) => (Object.hasOwn(tables, table) ? tables[table] : undefined),
    get: async (table, key) => items.get(table)?.get(keyText(table, key)),
    put: async (table, item) => {
      items.get(table)?.set(keyText(table, item), item);
    },
    delete: async (table, key) => {
      items.get(table)?.delete(keyText(table, key));
    },
    async *scan(table) {
      yield* items.get(table)?.values() ?? [];
    },
  };
}
