import { describe, expect, it } from "vitest";
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
