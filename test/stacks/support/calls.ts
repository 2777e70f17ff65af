import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { root } from "../../e2e/cli.ts";

/** What each command of the SDK needs to be allowed. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  BatchGetCommand: ["dynamodb:BatchGetItem"],
  DeleteCommand: ["dynamodb:DeleteItem"],
  DeleteObjectCommand: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
  GetCommand: ["dynamodb:GetItem"],
  GetObjectCommand: ["s3:GetObject", "s3:GetObjectVersion"],
  HeadBucketCommand: ["s3:ListBucket"],
  HeadObjectCommand: ["s3:GetObject"],
  ListObjectsV2Command: ["s3:ListBucket"],
  PutCommand: ["dynamodb:PutItem"],
  SendTaskFailureCommand: ["states:SendTaskFailure"],
  SendTaskSuccessCommand: ["states:SendTaskSuccess"],
  StopExecutionCommand: ["states:StopExecution"],
  PutEventsCommand: ["events:PutEvents"],
  PutObjectCommand: ["s3:PutObject"],
  QueryCommand: ["dynamodb:Query"],
  StartExecutionCommand: ["states:StartExecution"],
  TransactWriteCommand: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
  UpdateCommand: ["dynamodb:UpdateItem"],
};

/** The actions that the code of a handler can ask for: by the commands that the modules it imports make. */
export async function actionsInCodeOf(entry: string): Promise<ReadonlySet<string>> {
  const { metafile } = await esbuild.build({
    entryPoints: [join(root, entry)],
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
    write: false,
    absWorkingDir: root,
  });
  const commands = Object.keys(metafile.inputs).flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return text.includes('from "@aws-sdk/')
      ? [...text.matchAll(/new (\w+Command)\(/g)].map(([, name]) => name ?? "")
      : [];
  });
  return new Set(commands.flatMap(actionsOf));
}

export function actionsOf(command: string): readonly string[] {
  const actions = ACTIONS[command];
  if (actions === undefined) throw new Error(`${command}: expected its actions in test/stacks/support/calls.ts`);
  return actions;
}
