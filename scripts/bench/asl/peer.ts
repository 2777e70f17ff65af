import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export const PEER = "aws-local-stepfunctions";

/** The first Node the peer runs on. */
const PEER_NODE_MAJOR = 22;

export interface Runtime {
  /** Path of the Node that runs the peer. */
  readonly node: string;
}

/** What runs the peer, or why nothing can. */
export type PeerRuntime = Runtime | { readonly missing: string };

/** The Node 22 that came with `npm ci`, or else the running Node where that is new enough. */
export function findPeer(isInstalled: (command: string) => boolean): PeerRuntime {
  if (locate(import.meta.url, PEER) === undefined) return { missing: `${PEER} is not installed` };
  const bundled = locate(import.meta.url, "bench-node22/package.json");
  const manifest = bundled && locate(bundled, "bench-node22/package.json");
  const candidates = manifest === undefined ? [] : [join(dirname(manifest), "bin/node")];
  if (Number.parseInt(process.versions.node, 10) >= PEER_NODE_MAJOR) candidates.push(process.execPath);
  const node = candidates.find(isInstalled);
  return node === undefined ? { missing: `${PEER} needs Node ${PEER_NODE_MAJOR}, which is not installed` } : { node };
}

function locate(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
