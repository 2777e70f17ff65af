import { S3Client } from "@aws-sdk/client-s3";
import { recordableError, shownErrorInfo } from "../../shared/kernel/error-records.ts";
import { otherMode } from "../../shared/runs/execution-mode.ts";
import { isRefusal, startElsewhere } from "../../shared/runs/start-elsewhere.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { readEnvironment } from "../environment.ts";
import { startingFromEnvironment } from "../step-functions.ts";
import { accept, refuse, type Upload, uploadedSubmission, uploadsIn } from "./uploads.ts";

const s3 = new S3Client({});

/**
 * Called by S3 for manifests that were uploaded: more than once, and in any order. What a manifest lacks is said beside it; what
 * else goes wrong is thrown, for Lambda to call again.
 */
export async function handler(event: unknown): Promise<void> {
  for (const upload of uploadsIn(event)) await start(upload);
}

async function start(upload: Upload): Promise<void> {
  const log = createLogger(readEnvironment().logLevel, { manifest: upload.key });
  const starting = await startingFromEnvironment();
  try {
    const submission = await startElsewhere(starting, uploadedSubmission(s3, upload));
    const { run_id } = submission;
    const notice = otherMode(submission, "cloud");
    log.info({ run_id, ...(notice !== undefined && { notice }) }, "started");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    log.warn({ error: recordableError(error) }, "refused");
    await refuse(s3, upload, shownErrorInfo(recordableError(error)));
    return;
  }
  await accept(s3, upload);
}
