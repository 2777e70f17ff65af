import { describe, expect, it } from "vitest";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";
import { describeIssues } from "../../shared/contracts/issues.ts";
import { Submission } from "../../shared/contracts/submission.ts";

const hash = "0".repeat(64);
const good = {
  run_id: "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11",
  module_manifest: `artifact://${hash}`,
  config_manifest: `artifact://${hash}`,
  provenance_manifest: `artifact://${hash}`,
  requested_by: "someone",
  priority: "standard",
  execution_mode: "local",
  task_lane: "general",
  candidate_selector: "hybrid",
};

function messageFor(document: unknown): string {
  const parsed = Submission.safeParse(document);
  return parsed.success ? "accepted" : describeIssues(parsed.error, document);
}

describe("messages about a submission", () => {
  it("accepts exactly the fields of the contract", () => {
    expect(messageFor(good)).toBe("accepted");
  });

  it("names an unknown key", () => {
    expect(messageFor({ ...good, prioritty: "high" })).toContain('unknown key "prioritty"');
  });

  it("names a field that is missing", () => {
    const { provenance_manifest: _left_out, ...rest } = good;
    expect(messageFor(rest)).toMatch(/^field provenance_manifest: .*found nothing \(the field is missing\)$/);
  });

  it("says what was expected and what was found", () => {
    expect(messageFor({ ...good, module_manifest: "artifact://12" })).toBe(
      'field module_manifest: expected artifact://<sha256, 64 lowercase hexadecimal digits>; found "artifact://12"',
    );
  });

  it("lists the values a choice may take", () => {
    expect(messageFor({ ...good, task_lane: "sound" })).toMatch(/field task_lane: .*"general".*found "sound"/);
  });

  it("speaks of the document when it is no object", () => {
    expect(messageFor(7)).toMatch(/^the document: expected object; found 7$/);
  });
});

/** The message for a config manifest that is complete but for this. */
function configMessage(config: object): string {
  const document = { schema_version: 1, ...config };
  const parsed = ConfigManifest.safeParse(document);
  return parsed.success ? "accepted" : describeIssues(parsed.error, document);
}

describe("a message says what was expected in words of its own", () => {
  it.each<[object, string]>([
    [{ goal: "decompile" }, 'field goal: expected "recompile"; found "decompile"'],
    [{ include: "main" }, 'field include: expected array; found "main"'],
    [{ include: [""] }, 'field include.0: expected at least 1 character; found ""'],
    [{ validation: { random_states: 20_000 } }, "field validation.random_states: expected at most 10000; found 20000"],
    [{ validation: { random_states: -1 } }, "field validation.random_states: expected at least 0; found -1"],
    [{ validation: { random_states: 1.5 } }, "field validation.random_states: expected a whole number; found 1.5"],
    [
      { jump_tables: [{ jump: "0x1", address: "0x1", entries: [] }] },
      "field jump_tables.0.entries: expected at least 1 entry; found []",
    ],
    [{ stubs: [{}] }, "field stubs.0.function: expected string; found nothing (the field is missing)"],
    [
      { run: { execution_mode: { kind: "parallel" } } },
      'field run.execution_mode.kind: expected "sequential" or "fan_out_join"; found "parallel"',
    ],
    [
      { run: { context_checkpointing: "sometimes" } },
      'field run.context_checkpointing: expected "after_every_state" or object; found "sometimes"',
    ],
    [
      { run: { event_profile: "loud" } },
      'field run.event_profile: expected "minimal" or "normal" or "verbose" or object; found "loud"',
    ],
    [
      { run: { exec: { allow: [{ name: "sh", program: "sh" }] } } },
      'field run.exec.allow.0.program: expected an absolute path; found "sh"',
    ],
  ])("%j", (config, message) => {
    expect(configMessage(config)).toBe(message);
  });

  it("but does not repeat what stands where the names of secrets belong", () => {
    const message = configMessage({ run: { secrets: ["hunter2 and more"] } });
    expect(message).toMatch(
      /^field run\.secrets\.0: expected the name of an environment variable; found 16 characters/,
    );
    expect(message).not.toContain("hunter2");
  });
});
