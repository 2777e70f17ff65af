import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on any free port of this machine. @returns the address */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address that nobody listens at, such as `127.0.0.1:40123`. */
export async function freeAddress(): Promise<string> {
  const server = createServer();
  const { host } = new URL(await listen(server));
  await new Promise((resolve) => server.close(resolve));
  return host;
}

export async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
