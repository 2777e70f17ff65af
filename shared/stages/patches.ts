import type { ConfigManifest } from "../contracts/config-manifest.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { hex } from "../recompiler/machine.ts";
import type { ProgramImage, Segment } from "../recompiler/program.ts";

/** A copy of the image with bytes written over it. @throws {ContractInputMissing} for a patch outside the file's bytes */
export function patchImage(image: ProgramImage, patches: ConfigManifest["patches"]): ProgramImage {
  if (patches.length === 0) return image;
  const segments = image.segments.map((segment): Segment => ({ ...segment, bytes: segment.bytes.slice() }));
  patches.forEach((patch, index) => {
    const address = Number(patch.address);
    const bytes = Buffer.from(patch.bytes, "hex");
    const segment = segments.find(
      (each) => address >= each.address && address + bytes.length <= each.address + each.bytes.length,
    );
    if (segment === undefined) {
      throw new ContractInputMissing(
        `config manifest: field patches.${index}: expected ${bytes.length} bytes at ${hex(address)} inside one segment of the file, found none that holds them`,
      );
    }
    segment.bytes.set(bytes, address - segment.address);
  });
  return { ...image, segments };
}
