import wabt from "wabt";

const { parseWat } = await wabt();

/** A module from its text, with the names that it has there. @throws naming line and column of what is wrong */
export function assemble(text: string): Uint8Array {
  const module = parseWat("module.wat", text, { tail_call: true });
  try {
    module.validate();
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}
