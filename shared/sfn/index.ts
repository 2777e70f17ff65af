export { bearerIn, doorkeeper, isLoopback, tokenCheck } from "./api/door.ts";
export { listen } from "./api/http-server.ts";
export { readRequest } from "./api/reading.ts";
export { lambdaOverHttp } from "./lambda-http.ts";
export { type MockConfig, readMockConfig } from "./mocks/mock-config.ts";
export type { SfnStorage } from "./records/storage.ts";
export { type SfnServer, type SfnServerOptions, startSfnServer } from "./server.ts";
export { testState } from "./test-state/test-state.ts";
