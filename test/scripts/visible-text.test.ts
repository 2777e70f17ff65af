import { styleText } from "node:util";
import { describe, expect, it } from "vitest";
import { visibleText } from "../../scripts/cli/visible-text.ts";

describe("text on a terminal", () => {
  it.each([
    ["lines and tabs as they are", "a\tb\nc é 日本 🙂", "a\tb\nc é 日本 🙂"],
    ["clearing the screen", "\u001b[2J", "\\u001b[2J"],
    ["a title", "\u001b]0;owned\u0007", "\\u001b]0;owned\\u0007"],
    ["concealed and blinking text", "\u001b[8mx\u001b[5m", "\\u001b[8mx\\u001b[5m"],
    ["a return to the line's beginning", "failed\rpassed", "failed\\u000dpassed"],
    ["a backspace and a delete", "\b\u007f", "\\u0008\\u007f"],
    ["the controls of eight bits", "\u009b2J", "\\u009b2J"],
    ["text that turns its direction", "\u202ecod.exe\u2066", "\\u202ecod.exe\\u2066"],
    ["line ends of Unicode", "a\u2028b", "a\\u2028b"],
    ["a line break before a bracket", "\n[31m", "\n[31m"],
  ])("shows %s", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it.each(["green", "red", "yellow", "dim"] as const)("keeps its own %s", (color) => {
    const text = styleText(color, "✓", { validateStream: false });
    expect(visibleText(text)).toBe(text);
  });

  it("leaves what JSON says the same", () => {
    const value = { name: "\u009b\u202e\u007f\u001b[2J" };
    expect(JSON.parse(visibleText(JSON.stringify(value)))).toEqual(value);
  });
});
