import { createRequire } from "node:module";
import type { FoundNode } from "../../nodes.ts";

export const PEER = "aws-local-stepfunctions";

/** The first Node the peer runs on. */
const PEER_NODE_MAJOR = 22;

export interface Runtime {
  /** Path of the Node that runs the peer. */
  readonly node: string;
}

/** What runs the peer, or why nothing can. */
export type PeerRuntime = Runtime | { readonly missing: string };

/** The running Node where it is new enough, or else the one that `getNode` has. */
export function findPeer(
  getNode: (major: typeof PEER_NODE_MAJOR) => FoundNode,
  running = process.versions.node,
): PeerRuntime {
  if (!isThere(PEER)) return { missing: `${PEER} is not installed: npm ci brings it` };
  if (Number.parseInt(running, 10) >= PEER_NODE_MAJOR) return { node: process.execPath };
  const found = getNode(PEER_NODE_MAJOR);
  return "node" in found ? found : { missing: `${PEER} needs Node ${PEER_NODE_MAJOR}: ${found.missing}` };
}

function isThere(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
