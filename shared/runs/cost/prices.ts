/** What AWS asks, in US dollars, in us-east-1 without the free tiers, as known on a day. The pages have what it asks today. */
export const PRICES = {
  as_of: "2026-11-30",
  region: "us-east-1",
  sources: [
    "https://aws.amazon.com/step-functions/pricing/",
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/s3/pricing/",
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
  ],
  /** Standard workflows. */
  state_transition: 0.025 / 1_000,
  lambda_request: 0.2 / 1e6,
  /** arm64, the first tier. */
  lambda_gb_second: 0.0000133334,
  s3_write: 0.005 / 1_000,
  s3_read: 0.0004 / 1_000,
  /** On demand; a write of a transaction is two units for each KB. */
  dynamodb_write_unit: 0.625 / 1e6,
  dynamodb_read_unit: 0.125 / 1e6,
} as const;
