import { parse } from "smol-toml";
import { toJavaScript } from "./pattern.ts";

/** A rule as gitleaks keeps it, of what is used here. */
interface Rule {
  readonly id: string;
  readonly regex: string;
  readonly entropy: number;
  readonly keywords: readonly string[];
}

export interface GeneratedCollection {
  readonly source: string;
  readonly taken: readonly string[];
  /** Rules that were not taken, each with the reason. */
  readonly left: ReadonlyMap<string, string>;
}

/** Between the word and the value of a rule that knows its secret by an assignment. */
const AFTER_WORD = `(?:[ \\t\\w.-]{0,20})[\\s'"]{0,3}`;
const BEFORE_VALUE = `[\\x60'"\\s=]{0,5}`;
/** What must end a value: a delimiter, as gitleaks reads files. Documents have others, such as a bracket. */
const TAIL = /\(\?:\[\\x60'"\\s;\]\|\\\\\[nr\]\|\$(?:\|\\b)?\)|\(\?:\[\^[^\]]+\]\|\\z\)$/g;

const OURS = "rules.ts has the shape";
const PUBLIC = "names an application or a public key; no secret";
const LEFT_OUT: Readonly<Record<string, string>> = {
  "generic-api-key": "assignments.ts and names.ts know assignments",
  "curl-auth-header": "its time grows faster than the text; bearer-token and basic-credentials find what it finds",
  "curl-auth-user": "its time grows faster than the text; supplement.ts has a bounded one",
  "kubernetes-secret-yaml": "its time grows faster than the text; base64 under a name is left to declared values",
  "clickhouse-cloud-api-secret-key": "starts with four hexadecimal digits: as hint it slows down every text",
  "jwt-base64": "a token inside base64, which is not looked into",
  "pkcs12-file": "looks at the names of files",
  "sourcegraph-access-token": "40 hexadecimal digits alone are a commit",
  "facebook-access-token": "two numbers with a bar between them, in any text",
  "sidekiq-sensitive-url": "url-password finds it",
  "nuget-config-password": "knows its secret by an attribute of XML, of any form",
  "freemius-secret-key": "for files of PHP alone",
  "hashicorp-tf-password": "for files of Terraform alone; names.ts knows the word",
  "adobe-client-id": PUBLIC,
  "asana-client-id": PUBLIC,
  "bitbucket-client-id": PUBLIC,
  "discord-client-id": PUBLIC,
  "flutterwave-public-key": PUBLIC,
  "linkedin-client-id": PUBLIC,
  "lob-pub-api-key": PUBLIC,
  "looker-client-id": PUBLIC,
  "mailgun-pub-key": PUBLIC,
  "messagebird-client-id": PUBLIC,
  "new-relic-user-api-id": PUBLIC,
  "plaid-client-id": PUBLIC,
  "sendbird-access-id": PUBLIC,
  "sumologic-access-id": PUBLIC,
  "aws-access-token": OURS,
  "aws-amazon-bedrock-api-key-long-lived": OURS,
  "aws-amazon-bedrock-api-key-short-lived": OURS,
  "azure-ad-client-secret": OURS,
  "gcp-api-key": OURS,
  "huggingface-access-token": OURS,
  "huggingface-organization-api-token": OURS,
  jwt: OURS,
  "private-key": OURS,
  "sendgrid-api-token": OURS,
  "twilio-api-key": OURS,
  "vault-batch-token": OURS,
  "openai-api-key": OURS,
};
/** Rules of which a part alone holds here, or whose pattern says too much, with what is left of it. */
const IN_PART: Readonly<Record<string, string>> = {
  // The other half, `s.` and 24 letters, is a method of an object in any minified program.
  "vault-service-token": String.raw`\b(hvs\.[\w-]{90,120})`,
  // Dots that stand for themselves.
  "slack-config-access-token": String.raw`(?i)xoxe\.xox[bp]-\d-[A-Z0-9]{163,166}`,
  "slack-webhook-url": String.raw`(?:https?://)?hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,56}`,
};

/** In place of the words that gitleaks looks for first, where those stand in ordinary text. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "vault-service-token": ["hvs."],
  "intra42-client-secret": ["s-s4t2"],
  "cloudflare-origin-ca-key": ["v1.0-"],
  "airtable-personnal-access-token": ["pat"],
};

/** The generated module. @param toml `config/gitleaks.toml` */
export function generateCollection(toml: string): GeneratedCollection {
  const shapes: string[] = [];
  const named: string[] = [];
  const taken: string[] = [];
  const left = new Map<string, string>();
  for (const rule of rulesIn(toml)) {
    const why = LEFT_OUT[rule.id] ?? (rule.regex === "" ? "has no pattern" : undefined);
    if (why !== undefined) {
      left.set(rule.id, why);
      continue;
    }
    taken.push(rule.id);
    if (rule.regex.includes(AFTER_WORD)) named.push(namedRow(rule));
    else shapes.push(shapeRow(rule));
  }
  return { source: moduleOf(shapes, named), taken, left };
}

function namedRow({ id, regex, entropy }: Rule): string {
  const [before, after] = regex.split(AFTER_WORD) as [string, string];
  const isCaseless = before.startsWith("(?i)");
  const words = before.replace(/^\(\?i\)/, "").replace(/\[\\w\.-\]\{0,50\}\?(?:\(\?i:\[\\w\.-\]\{0,50\}\?)?/, "");
  const value = after.slice(after.indexOf(BEFORE_VALUE) + BEFORE_VALUE.length).replaceAll(TAIL, "");
  return row({
    id,
    word: toJavaScript(words.replaceAll("(?-i:", "(?:").replaceAll(",|", "|"), false),
    value: toJavaScript(value, isCaseless),
    ...(entropy > 0 ? { entropy } : {}),
  });
}

function shapeRow({ id, regex, entropy, keywords }: Rule): string {
  const pattern = toJavaScript((IN_PART[id] ?? regex).replaceAll(TAIL, ""), false).replaceAll("\\/", "/");
  // Behind a run without an end it would be looked for again and again.
  const end = /(?:[*+]|\{\d+,\}|=\{0,\d\})\)*$/.test(pattern) ? "" : "(?![\\w-])";
  return row({ id, words: WORDS[id] ?? keywords, pattern: pattern + end, ...(entropy > 0 ? { entropy } : {}) });
}

function row(fields: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(fields).map(([name, value]) =>
    typeof value === "string" && /\\/.test(value) && !/[`$]/.test(value)
      ? `${name}: r\`${value}\``
      : `${name}: ${Array.isArray(value) ? JSON.stringify(value).replaceAll(",", ", ") : JSON.stringify(value)}`,
  );
  return `  { ${members.join(", ")} },`;
}

function moduleOf(shapes: readonly string[], named: readonly string[]): string {
  return `// Made by \`npm run secret-rules\` of the rules that gitleaks keeps (MIT, Copyright (c) 2019 Zachary Rice). Not to be edited.
// https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml

import type { CollectedName, CollectedShape } from "./collected-form.ts";

const r = String.raw;

export const COLLECTED_SHAPES: readonly CollectedShape[] = [
${shapes.join("\n")}
];

export const COLLECTED_NAMES: readonly CollectedName[] = [
${named.join("\n")}
];
`;
}

function rulesIn(toml: string): readonly Rule[] {
  const { rules } = parse(toml) as unknown as { readonly rules: readonly (Pick<Rule, "id"> & Partial<Rule>)[] };
  return rules.map(({ id, regex = "", entropy = 0, keywords = [] }) => ({ id, regex, entropy, keywords }));
}
