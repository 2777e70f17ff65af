import { InvalidInputError } from "../errors.ts";

/** Where stores in AWS are: a bucket, a prefix in it, and the tables beside it. */
export interface AwsAddress {
  readonly bucket: string;
  /** Empty, or a path that ends in a slash. */
  readonly prefix: string;
  /** What the names of the tables begin with. */
  readonly tables: string;
  /** Default: the one that the SDK finds in the environment or the profile. */
  readonly region: string | undefined;
}

const FORM = "s3://BUCKET[/PREFIX][?tables=NAME&region=REGION]";
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/;
/** Room is left for the longest part behind it. */
const TABLES = /^[A-Za-z0-9_.-]{1,200}$/;
const REGION = /^[a-z]{2}(?:-[a-z0-9]+)+$/;

/**
 * Reads `s3://BUCKET/PREFIX?tables=NAME&region=REGION`. The tables are those of the bucket's name where none is given.
 * @throws InvalidInputError
 */
export function parseAwsAddress(url: string): AwsAddress {
  const refuse = (found: string) => new InvalidInputError("store", FORM, found);
  if (!URL.canParse(url)) throw refuse(url);
  const { host: bucket, pathname, searchParams, username, password, port, hash } = new URL(url);
  if (username !== "" || password !== "" || port !== "" || hash !== "") throw refuse("more than a bucket and a prefix");
  const unknown = [...searchParams.keys()].find((key) => key !== "tables" && key !== "region");
  if (unknown !== undefined) throw refuse(`the option ${unknown}`);
  const path = pathname.replace(/^\/|\/$/g, "");
  const prefix = path === "" ? "" : `${path}/`;
  const tables = searchParams.get("tables") ?? bucket;
  const region = searchParams.get("region") ?? undefined;
  if (!BUCKET.test(bucket)) throw refuse(`the bucket ${JSON.stringify(bucket)}`);
  if (!PREFIX.test(prefix)) throw refuse(`the prefix ${JSON.stringify(prefix)}`);
  if (!TABLES.test(tables)) throw refuse(`the tables ${JSON.stringify(tables)}`);
  if (region !== undefined && !REGION.test(region)) throw refuse(`the region ${JSON.stringify(region)}`);
  return { bucket, prefix, tables, region };
}

/** The address as it is written, for messages. */
export function shownAddress({ bucket, prefix }: AwsAddress): string {
  return `s3://${bucket}/${prefix}`;
}
