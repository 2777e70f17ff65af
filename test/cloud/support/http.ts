import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";

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

/** Asks again every few milliseconds, until it is answered. @throws what kept it from that after `patience` milliseconds */
export async function untilAnswered<T>(ask: () => Promise<T>, patience: number): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > end) throw error;
      await after(20);
    }
  }
}
