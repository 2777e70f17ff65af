/**
 * How functions are bundled. The SDK goes with each: the runtime has one, but reading that from its packages takes twice the time
 * that the whole bundle takes to load, and it is another with every release of the runtime.
 */
export const BUNDLING = { minify: true };
