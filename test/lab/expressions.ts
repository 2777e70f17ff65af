/**
 * `npm run expressions -- PATH...`: how the JSONata expressions and the paths found in these files and folders are evaluated,
 * and what each way costs. See docs/benchmarks.md.
 */

import { expressionReport } from "./expressions/report.ts";

process.stdout.write(await expressionReport(process.argv.slice(2), () => performance.now()));
process.exit();
