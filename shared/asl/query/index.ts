export { compileChoice } from "./choice/compile.ts";
export { QuerySyntaxError } from "./errors.ts";
export { compileJsonata } from "./jsonata/template.ts";
export { compilePath } from "./path.ts";
export { compileResultPath } from "./result-path.ts";
export type { Entropy, Query, Scope } from "./scope.ts";
export { compileTemplate } from "./template.ts";
export { parseTimestamp } from "./timestamp.ts";
