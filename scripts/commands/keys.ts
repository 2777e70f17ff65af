import { open, rm } from "node:fs/promises";
import { newKeyPair } from "../../shared/runs/signing/keys.ts";
import { print, say } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { publicPartIn } from "../cli/key-file.ts";

interface KeysOptions {
  readonly json: boolean;
}

/** `new <file>`: writes a pair; `show <file>`: what may be shown of one. */
export function keysVerb(action: string, path: string, options: KeysOptions): Promise<void> {
  if (action === "new") return newKeys(path, options);
  if (action === "show") return showKey(path, options);
  throw new UsageError(`keys: expected new or show, found ${JSON.stringify(action)}`);
}

/** The private key in a file that its owner alone may read, the public one beside it. Never in the place of another. */
async function newKeys(path: string, { json }: KeysOptions): Promise<void> {
  const { keyId, privateKey, publicKey } = newKeyPair();
  const publicPath = `${path}.pub`;
  await writeNew(path, privateKey, 0o600);
  try {
    await writeNew(publicPath, publicKey, 0o644);
  } catch (error) {
    await rm(path);
    throw error;
  }
  if (json) return print(JSON.stringify({ keyid: keyId, private_key: path, public_key: publicPath }));
  print(keyId);
  say(`${path} signs: keep it secret, and a copy of it. ${publicPath} checks what it signed: hand it around.`);
}

async function showKey(path: string, { json }: KeysOptions): Promise<void> {
  const { keyId, publicKey } = await publicPartIn(path);
  print(json ? JSON.stringify({ keyid: keyId, public_key: publicKey }) : `${keyId}\n${publicKey.trimEnd()}`);
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const refuse = (found: string): never => {
    throw new UsageError(`keys new: expected a path where nothing stands yet, found ${found} (${path})`);
  };
  const file = await open(path, "wx", mode).catch(({ code }: NodeJS.ErrnoException) =>
    refuse(code === "EEXIST" ? "something" : `one that cannot be written (${code})`),
  );
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
