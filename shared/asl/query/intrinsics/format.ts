import { javaText } from "../java/text.ts";
import { IntrinsicFailure } from "./failure.ts";

/** Fills `{}` in order. `\{`, `\}`, `\\` and `\'` stand for themselves (ASL: States.Format). */
export function format(template: string, values: readonly unknown[]): string {
  let text = "";
  let used = 0;
  for (let index = 0; index < template.length; index += 1) {
    const character = template.charAt(index);
    const next = template.charAt(index + 1);
    if (character === "\\" && next !== "" && "{}\\'".includes(next)) {
      text += next;
      index += 1;
    } else if (character === "{") {
      if (next !== "}")
        throw new IntrinsicFailure("Invalid template in States.Format: matching '}' not found for '{'.");
      text += used < values.length ? javaText(values[used]) : "";
      used += 1;
      index += 1;
    } else if (character === "}") {
      throw new IntrinsicFailure("Invalid template in States.Format: matching '{' not found for '}'.");
    } else text += character;
  }
  if (used !== values.length) {
    const reason = "number of arguments do not match the occurrences of {}.";
    throw new IntrinsicFailure(`Invalid arguments in States.Format: ${reason}`);
  }
  return text;
}
