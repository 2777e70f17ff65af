/** Remembers what was made for a key. Forgets all when full: keys come from definitions, so few are in use at once. */
export function memoize<Key, Value>(make: (key: Key) => Value, most = 1_000): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined || made.has(key)) return known as Value;
    if (made.size >= most) made.clear();
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
