/** An array index as V8 sees it: an object lists such keys first, by size, whatever the order in which they were set. */
const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** Objects in the order of their text have another prototype than plain ones, so that whoever copies those by himself can tell. */
const inOrder: object = Object.create(Object.prototype);

let made = 0;

/** How many objects with an order of their own were made so far. */
export const ordersMade = (): number => made;

export function hasOwnOrder(value: object): boolean {
  return made > 0 && Object.getPrototypeOf(value) === inOrder;
}

export function isIndexKey(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 && INDEX.test(key);
}

/** An object that lists its keys in the order given, the later value of two for one key. It is not to be changed. */
export function objectInOrder(
  entries: readonly (readonly [key: string, value: unknown])[],
): Readonly<Record<string, unknown>> {
  const fields = new Map(entries);
  const keys = [...fields.keys()];
  const plain = filled({}, fields);
  if (!keys.some(isIndexKey) || Object.keys(plain).every((key, at) => key === keys[at])) return plain;
  made += 1;
  return new Proxy(filled(Object.create(inOrder), fields), { ownKeys: () => keys });
}

function filled(object: Record<string, unknown>, fields: ReadonlyMap<string, unknown>): Record<string, unknown> {
  for (const [key, value] of fields) {
    Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
  }
  return object;
}
