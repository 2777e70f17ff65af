import * as z from "zod";

/** Naming rule of the machine contract: one identifier segment. */
const SEGMENT = "[a-z][a-z0-9_]{0,62}";
const segment = new RegExp(`^${SEGMENT}$`);

/** Stable, human-meaningful name of an operation, such as `recompile`. */
export const OpId = z.string().regex(segment, "expected an op id: ^[a-z][a-z0-9_]{0,62}$").brand<"OpId">();
export type OpId = z.infer<typeof OpId>;

/** `<machine_id>.<step_id>`. */
export const OpPath = z
  .string()
  .regex(new RegExp(`^${SEGMENT}\\.${SEGMENT}$`), "expected <machine_id>.<step_id>")
  .brand<"OpPath">();
export type OpPath = z.infer<typeof OpPath>;

/** `<machine_id>.<step_id>.<state_local_id>`. */
export const StateId = z
  .string()
  .regex(new RegExp(`^${SEGMENT}\\.${SEGMENT}\\.${SEGMENT}$`), "expected <machine_id>.<step_id>.<state_local_id>")
  .brand<"StateId">();
export type StateId = z.infer<typeof StateId>;

/** Where a state's output stands in a run's context: `<step_id>`, or `<step_id>.<state_local_id>` of many. */
export const ContextKey = z
  .string()
  .regex(new RegExp(`^${SEGMENT}(\\.${SEGMENT})?$`), "expected <step_id> or <step_id>.<state_local_id>")
  .brand<"ContextKey">();
export type ContextKey = z.infer<typeof ContextKey>;

/** A UUID in lowercase; also the name of the Step Functions execution. */
export const RunId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "expected a UUID in lowercase")
  .brand<"RunId">();
export type RunId = z.infer<typeof RunId>;

/** A hash: 64 lowercase hexadecimal digits. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hexadecimal digits (SHA-256)");

/** SHA-256 of an artifact's bytes: 64 lowercase hexadecimal digits. */
export const ArtifactId = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hexadecimal digits (SHA-256)")
  .brand<"ArtifactId">();
export type ArtifactId = z.infer<typeof ArtifactId>;

/** `artifact://<sha256>`: how documents refer to an artifact. */
export const ArtifactRef = z
  .string()
  .regex(/^artifact:\/\/[0-9a-f]{64}$/, "expected artifact://<sha256, 64 lowercase hexadecimal digits>")
  .brand<"ArtifactRef">();
export type ArtifactRef = z.infer<typeof ArtifactRef>;

/** Who acts: a user, a service, a worker. */
export const PrincipalId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/, "expected a principal: 1 to 128 of A-Z a-z 0-9 . _ : @ / -")
  .brand<"PrincipalId">();
export type PrincipalId = z.infer<typeof PrincipalId>;

/** Stable machine-readable error code, such as `artifact_hash_mismatch`. */
export const ErrorCode = z
  .string()
  .regex(segment, "expected an error code: ^[a-z][a-z0-9_]{0,62}$")
  .brand<"ErrorCode">();
export type ErrorCode = z.infer<typeof ErrorCode>;

export function artifactRef(id: ArtifactId): ArtifactRef {
  return `artifact://${id}` as ArtifactRef;
}

export function artifactId(ref: ArtifactRef): ArtifactId {
  return ref.slice("artifact://".length) as ArtifactId;
}
