import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/** A folder as one file: compressed JSON, each path with its bytes in base64; a folder, which may be empty, with null. */
type Archive = Record<string, string | null>;

export function archived(folder: string): Buffer {
  const files: Archive = {};
  const walk = (path: string) => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      const inside = path === "" ? name : `${path}/${name}`;
      if (statSync(join(folder, inside)).isDirectory()) {
        files[inside] = null;
        walk(inside);
      } else files[inside] = readFileSync(join(folder, inside)).toString("base64");
    }
  };
  walk("");
  const text = Buffer.from(JSON.stringify(files));
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  return brotliCompressSync(text, { params });
}

export function unpack(archive: Uint8Array, folder: string): void {
  const files = JSON.parse(brotliDecompressSync(archive).toString("utf8")) as Archive;
  for (const [path, bytes] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(bytes === null ? target : dirname(target), { recursive: true });
    if (bytes !== null) writeFileSync(target, Buffer.from(bytes, "base64"));
  }
}
