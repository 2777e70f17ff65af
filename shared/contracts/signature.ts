import * as z from "zod";
import { ArtifactRef, RunId, Sha256 } from "./ids.ts";

/** SHA-256 of a public key as SubjectPublicKeyInfo in DER: `openssl pkey -pubin -in KEY.pub -outform DER | sha256sum`. */
export const KeyId = z.string().regex(/^ed25519:[0-9a-f]{64}$/);
export type KeyId = z.infer<typeof KeyId>;

/** As one text for each sequence of bytes: a changed character is other bytes, or none. */
const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)
  .refine(
    (text) => text.length % 4 === 0 && /^(?:|[AQgw]==|.[AEIMQUYcgkosw048]=|..[^=])$/.test(text.slice(-3)),
    "expected base64 as RFC 4648 writes it",
  );

/** SubjectPublicKeyInfo in DER. Its hash is the id of the key: it shows that who has the key signed, not whose it is. */
const PublicKey = base64.describe("the public key, whose SHA-256 is its id: SubjectPublicKeyInfo in DER, in base64");

/** A signed document. https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */
export const DsseEnvelope = z
  .strictObject({
    payloadType: z.string().min(1),
    payload: base64.describe("the bytes that are signed, in base64"),
    signatures: z.array(z.strictObject({ keyid: z.string(), sig: base64 })).min(1),
  })
  .meta({ id: "DsseEnvelope", description: "A document in a DSSE envelope, signed." });
export type DsseEnvelope = z.infer<typeof DsseEnvelope>;

/** An in-toto statement on a run's log: the chain of its events up to and with the last. */
export const RunLogStatement = z
  .strictObject({
    _type: z.literal("https://in-toto.io/Statement/v1"),
    subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: Sha256 }) })).min(1),
    predicateType: z.literal("https://restep.dev/run-log/v1"),
    predicate: z.strictObject({
      run_id: RunId,
      phase: z.string(),
      events: z.strictObject({ count: z.int().positive(), head_sha256: Sha256 }),
      bundle: ArtifactRef.optional(),
      attestation: ArtifactRef.optional(),
    }),
  })
  .meta({ id: "RunLogStatement", description: "What is signed of a run's log, as an in-toto statement." });
export type RunLogStatement = z.infer<typeof RunLogStatement>;

/** What one key has signed of a run. Kept beside the run's log, which does not know of it. */
export const RunSignature = z
  .strictObject({
    schema_version: z.literal(1),
    kind: z.literal("restep.signature"),
    run_id: RunId,
    keyid: KeyId,
    public_key: PublicKey,
    attestation: DsseEnvelope.optional().describe(
      "the in-toto statement (SLSA v1) of the bundle, the artifact's own bytes; left out for a run that came to none",
    ),
    log: DsseEnvelope.describe("the in-toto statement of the log"),
  })
  .meta({ id: "RunSignature", description: "What one key has signed of a run." });
export type RunSignature = z.infer<typeof RunSignature>;

/** By which key a decision was signed, and for which run: one that goes on from it carries the decision along. */
export const DecisionSignature = z.strictObject({ run_id: RunId, keyid: KeyId, public_key: PublicKey, sig: base64 });
export type DecisionSignature = z.infer<typeof DecisionSignature>;
