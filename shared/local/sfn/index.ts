export { lambdaOverHttp } from "./lambda-http.ts";
export { type SfnServer, type SfnServerOptions, startSfnServer } from "./server.ts";

/** The options of `restep serve --sfn`, a line each: name, what it means. */
export const sfnOptionsText = `\
--port <number>          port to listen on (default 8083; 0 takes a free one)
--host <address>         address to listen on (default 127.0.0.1); calls are not authenticated
--dir <folder>           keeps state machines, executions and histories here over a restart (default .restep/sfn)
--in-memory              keeps nothing over a restart
--lambda-endpoint <url>  where Lambda functions are called, over Lambda's Invoke API
--fast                   does not wait: time skips ahead when nothing else is left to do
--region <name>          region that ARNs name (default us-east-1)
--account <id>           account that ARNs name, twelve digits (default 000000000000)
`;
