import { QuerySyntaxError } from "../query/errors.ts";
import { compileIntrinsic } from "../query/intrinsics/compile.ts";
import { parsePath } from "../query/jsonpath/parse.ts";
import { parseReferencePath } from "../query/result-path.ts";

/** What is wrong with a path; undefined if nothing is. */
export const faultOfPath = faultFoundBy(parsePath);

/** What is wrong with the call of an intrinsic function. */
export const faultOfIntrinsic = faultFoundBy(compileIntrinsic);

const faultOfReference = faultFoundBy(parseReferencePath);

/** What is wrong with a path that must select one place by names and indexes, its start put in AWS's words. */
export function faultOfReferencePath(text: string): string | undefined {
  return text.startsWith("$") ? faultOfReference(text) : "Reference path didn't start with '$'";
}

function faultFoundBy(read: (text: string) => unknown): (text: string) => string | undefined {
  return (text) => {
    try {
      read(text);
      return undefined;
    } catch (error) {
      if (error instanceof QuerySyntaxError) return error.message;
      throw error;
    }
  };
}
