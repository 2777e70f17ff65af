export { lambdaOverHttp } from "./lambda-http.ts";
export { type SfnServer, type SfnServerOptions, startSfnServer } from "./server.ts";
