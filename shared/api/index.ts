export { accessToken, tokenDigest } from "./access-tokens.ts";
export { createApi } from "./app.ts";
export { bearerDoor, type Door, signedDoor, tokensDoor } from "./doors.ts";
