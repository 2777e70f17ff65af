import type { Suite } from "../suite.ts";
import { aslSuite } from "./asl.ts";
import { eventsSuite } from "./events.ts";
import { execSuite } from "./exec.ts";
import { lambdaSuite } from "./lambda.ts";
import { liftSuite } from "./lift.ts";
import { sfnSuite } from "./sfn.ts";

/** Every suite there is, in the order of the list. */
export const SUITES: readonly Suite[] = [liftSuite, execSuite, aslSuite, sfnSuite, eventsSuite, lambdaSuite];
