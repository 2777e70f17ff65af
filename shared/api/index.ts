export { createApi } from "./app.ts";
export { bearerDoor, signedDoor } from "./doors.ts";
