import { looksSecret } from "./entropy.ts";

type Hints = Readonly<Record<string, string>> | typeof AUTH_SCHEME;

/** A shape by which an issuer's secrets are known. */
export interface ShapeRule {
  readonly id: string;
  /** What every match holds: an unusual character, and the pattern of what stands before it. */
  readonly hints: Hints;
  /** The secret alone where it has no groups, else its first group. Matches in linear time, from a distinctive start. */
  readonly pattern: RegExp;
  /** Where the shape is described. */
  readonly source: string;
  /** Says no to what has the shape but is no secret, such as a placeholder. Sees what would be redacted. */
  readonly isSecret?: (found: string) => boolean;
}

/** Neither scheme has an unusual character before its secret. */
const AUTH_SCHEME = /[Bb](?:[Ee][Aa][Rr][Ee][Rr]|[Aa][Ss][Ii][Cc]) /;

const GITLEAKS = "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml";
const RFC_7515 = "https://www.rfc-editor.org/rfc/rfc7515#section-3.1";
const AZURE = "https://learn.microsoft.com/en-us/purview/sit-defn-azure-storage-account-key";

/**
 * Shapes that are known without their name. Where a run of characters is unbounded and something must follow it, the
 * start is held to a boundary by a lookbehind: no text is scanned twice.
 */
// biome-ignore format: one rule each line
export const SHAPE_RULES: readonly ShapeRule[] = [
  { id: "aws-access-key-id", hints: { A: "A(?:KI|SI|BI|CC)" }, pattern: /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])/, source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids" },
  { id: "aws-bedrock-key", hints: { K: "ABS", "-": "bedrock-api-key" }, pattern: /ABSK[A-Za-z0-9+/]{100,}={0,2}|bedrock-api-key-[A-Za-z0-9+/]{28,}={0,2}/, source: GITLEAKS },
  { id: "aws-presigned-url", hints: { "-": "X-Amz" }, pattern: /X-Amz-(?:Signature=[0-9a-f]{64}|Security-Token=[\w%+/=-]{64,})/, source: "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html" },
  { id: "github-token", hints: { _: "gh[pousr]" }, pattern: /gh[pour]_[A-Za-z0-9_]{36,}|ghs_[\w.-]{36,}/, source: "https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available" },
  { id: "github-fine-grained-token", hints: { _: "github_pat" }, pattern: /github_pat_[A-Za-z0-9_]{36,}/, source: "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats" },
  { id: "gitlab-token", hints: { "-": "gl[a-z]{2,5}", R: "G" }, pattern: /gl(?:pat|oas|dt|rtr?|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[\w=.-]{20,}|GR1348941[\w-]{20,}/, source: "https://docs.gitlab.com/security/tokens/#token-prefixes" },
  { id: "npm-token", hints: { _: "npm" }, pattern: /npm_[A-Za-z0-9]{36,}/, source: "https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/" },
  { id: "pypi-token", hints: { "-": "pypi" }, pattern: /pypi-Ag[\w-]{50,}/, source: "https://pypi.org/help/#apitoken" },
  { id: "rubygems-token", hints: { _: "rubygems" }, pattern: /rubygems_[0-9a-f]{48}/, source: GITLEAKS },
  { id: "docker-token", hints: { _: "dckr" }, pattern: /dckr_(?:pat|oat)_[\w-]{27,}/, source: "https://docs.docker.com/security/access-tokens/" },
  { id: "slack-token", hints: { "-": "xox[a-eoprs]|xapp" }, pattern: /xox[a-eoprs](?:\.xox[bp])?-[\w%-]{10,}|xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+/, source: "https://docs.slack.dev/authentication/tokens/" },
  { id: "slack-webhook", hints: { ".": "hooks" }, pattern: /hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[\w/+-]{20,}/, source: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/" },
  { id: "discord-webhook", hints: { ".": "discord(?:app)?" }, pattern: /discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]{60,}/, source: "https://discord.com/developers/docs/resources/webhook" },
  { id: "discord-bot-token", hints: { ".": "[MNO][\\w-]{23,27}" }, pattern: /(?<![\w-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])/, source: "https://discord.com/developers/docs/reference#authentication", isSecret: namesDiscordUser },
  { id: "stripe-key", hints: { _: "[sr]k|whsec" }, pattern: /(?<![A-Za-z0-9])(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{24,}={0,2}/, source: "https://docs.stripe.com/keys" },
  { id: "google-api-key", hints: { z: "AI" }, pattern: /AIza[\w-]{35,}/, source: "https://learn.microsoft.com/en-us/purview/sit-defn-google-api-key" },
  { id: "google-oauth", hints: { "-": "GOCSPX", ".": "ya29", "/": "1/" }, pattern: /GOCSPX-[\w-]{28,}|(?<![\w-])ya29\.[\w.-]{20,}|(?<![\w/])1\/\/0[\w-]{30,}/, source: "https://developers.google.com/identity/protocols/oauth2#size" },
  { id: "anthropic-key", hints: { "-": "sk-ant" }, pattern: /(?<![A-Za-z0-9])sk-ant-[a-z0-9]{2,16}-[\w-]{20,}/, source: GITLEAKS },
  { id: "openai-key", hints: { "-": "(?<![A-Za-z0-9])sk" }, pattern: /(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin|None|or-v1)-[\w-]{20,}|[A-Za-z0-9]{32,})/, source: GITLEAKS },
  { id: "huggingface-token", hints: { _: "hf|api_org" }, pattern: /(?:hf_|api_org_)[A-Za-z0-9]{34,}/, source: "https://huggingface.co/docs/hub/security-tokens" },
  { id: "groq-key", hints: { _: "gsk" }, pattern: /gsk_[A-Za-z0-9]{48,}/, source: "https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns" },
  { id: "replicate-token", hints: { _: "r8" }, pattern: /(?<![A-Za-z0-9])r8_[A-Za-z0-9]{37,}/, source: "https://replicate.com/changelog/2024-04-03-bearer-tokens" },
  { id: "azure-connection-string", hints: { "=": "[Kk]ey" }, pattern: /(?:[Aa]ccount|[Aa]ccess)[Kk]ey=([A-Za-z0-9+/%]{40,}={0,2})/, source: AZURE },
  { id: "azure-sas", hints: { "=": "sig" }, pattern: /[?&;]sig=([\w%+/-]{43,}={0,2})/, source: "https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview" },
  { id: "azure-client-secret", hints: { "~": "Q" }, pattern: /Q~(?<=(?<![\w~.-])[\w~.]{3}\dQ~)[\w~.-]{31,}/, source: GITLEAKS },
  { id: "ssh-private-key", hints: { B: "-----", N: "b3Blbn", "-": "PuTTY" }, pattern: /-----BEGIN OPENSSH PRIVATE KEY-----[\s\S]{32,}?(?:-----END OPENSSH PRIVATE KEY-----|$)|b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s]{32,}|PuTTY-User-Key-File-\d:[\s\S]{32,}?(?:Private-MAC: ?[0-9a-f]+|$)/, source: "https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.key", isSecret: hasKeyBytes },
  { id: "pem-private-key", hints: { B: "-----" }, pattern: /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[\s\S]{32,}?(?:-----END [A-Z0-9 ]{0,40}-----|$)/, source: "https://www.rfc-editor.org/rfc/rfc7468#section-10", isSecret: hasKeyBytes },
  { id: "encoded-private-key", hints: { J: "LS0tLS1CRUd", K: "AwBQYD" }, pattern: /LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,16}?(?:UFJJVkFURSBL|QUklWQVRFIEt|BSSVZBVEUgS)[A-Za-z0-9+/]{24,}={0,2}|MC4CAQAwBQYDK2V[uw]BCIEI[A-Za-z0-9+/]{43}/, source: "https://www.rfc-editor.org/rfc/rfc8410#section-7" },
  { id: "age-secret-key", hints: { "-": "AGE" }, pattern: /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58,}/, source: "https://age-encryption.org/v1" },
  { id: "jwt", hints: { J: "ey" }, pattern: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{2,}\.[\w-]{16,}/, source: RFC_7515 },
  { id: "jwe", hints: { J: "ey" }, pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]*\.[\w-]{8,}\.[\w-]+\.[\w-]{16,}/, source: "https://www.rfc-editor.org/rfc/rfc7516#section-3.1" },
  { id: "url-password", hints: { "@": ":[^\\s/@]{1,256}" }, pattern: /:\/\/[^\s/?#:@"'<>\\]{0,128}:([^\s/?#"'<>\\]{1,256})@/, source: "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1", isSecret: isNoPlaceholder },
  { id: "bearer-token", hints: AUTH_SCHEME, pattern: /(?<![A-Za-z])[Bb][Ee][Aa][Rr][Ee][Rr] {1,4}([\w.~+/-]{12,}={0,2})/, source: "https://www.rfc-editor.org/rfc/rfc6750#section-2.1", isSecret: (found) => looksSecret(found, "strong") },
  { id: "basic-credentials", hints: AUTH_SCHEME, pattern: /(?<![A-Za-z])[Bb][Aa][Ss][Ii][Cc] {1,4}([A-Za-z0-9+/]{6,}={0,2})/, source: "https://www.rfc-editor.org/rfc/rfc7617#section-2", isSecret: isUserAndPassword },
  { id: "twilio-key", hints: { K: "S" }, pattern: /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/, source: "https://www.twilio.com/docs/iam/api-keys" },
  { id: "sendgrid-key", hints: { ".": "SG" }, pattern: /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,}/, source: GITLEAKS },
  { id: "telegram-bot-token", hints: { A: ":" }, pattern: /:A(?<=(?<!\d)\d{6,12}:A)[\w-]{34}(?![\w-])/, source: "https://core.telegram.org/bots/api#authorizing-your-bot" },
  { id: "digitalocean-token", hints: { _: "do[opr]_v1" }, pattern: /do[opr]_v1_[0-9a-f]{64}/, source: GITLEAKS },
  { id: "vault-token", hints: { ".": "hv[sbr]" }, pattern: /(?<![A-Za-z0-9])hv[sbr]\.[\w-]{24,}/, source: "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes" },
  { id: "terraform-token", hints: { ".": "atlasv1" }, pattern: /\.atlasv1\.(?<=(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.)[\w=-]{60,}/, source: GITLEAKS },
  { id: "databricks-token", hints: { p: "da" }, pattern: /(?<![A-Za-z0-9])dapi[0-9a-f]{32}/, source: GITLEAKS },
  { id: "doppler-token", hints: { ".": "dp\\.[a-z]{2,5}" }, pattern: /(?<![A-Za-z0-9])dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}/, source: GITLEAKS },
  { id: "shopify-token", hints: { _: "shp(?:at|ca|pa|ss)" }, pattern: /shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/, source: GITLEAKS },
  { id: "square-token", hints: { "-": "sq0[a-z]{3}" }, pattern: /sq0(?:atp|csp|idp)-[\w-]{22,}/, source: GITLEAKS },
  { id: "atlassian-token", hints: { T: "ATAT" }, pattern: /ATATT3[\w=-]{100,}/, source: GITLEAKS },
  { id: "linear-key", hints: { _: "lin_api" }, pattern: /lin_api_[A-Za-z0-9]{40,}/, source: GITLEAKS },
  { id: "notion-token", hints: { _: "ntn" }, pattern: /ntn_[A-Za-z0-9]{40,}/, source: GITLEAKS },
  { id: "postman-key", hints: { "-": "PMAK" }, pattern: /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/, source: GITLEAKS },
  { id: "grafana-token", hints: { _: "gl(?:sa|c)" }, pattern: /glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,}={0,3}/, source: GITLEAKS },
  { id: "sentry-token", hints: { _: "sntry[us]" }, pattern: /sntryu_[0-9a-f]{64}|sntrys_eyJ[\w+/=-]{40,}/, source: GITLEAKS },
];

/**
 * Every hint at once: the search for a few unusual characters with a look back from each takes a quarter of the time of
 * trying every shape at every place.
 */
const ANY_HINT = anyOf(SHAPE_RULES.flatMap(({ hints }) => (hints instanceof RegExp ? [] : Object.entries(hints))));

/** Whether any rule may match: the two passes that clean text costs. Never false where a rule matches. */
export function mayHoldShape(text: string): boolean {
  return ANY_HINT.test(text) || AUTH_SCHEME.test(text);
}

function anyOf(hints: readonly (readonly [character: string, before: string])[]): RegExp {
  const before = new Map<string, Set<string>>();
  for (const [character, pattern] of hints) before.set(character, (before.get(character) ?? new Set()).add(pattern));
  const characters = [...before.keys()].map((character) => `\\${character}`.replace(/^\\(\w)$/, "$1"));
  const places = [...before.values()].map((patterns, index) => `(?:${[...patterns].join("|")})${characters[index]}`);
  return new RegExp(`[${characters.join("")}](?<=${places.join("|")})`);
}

function hasKeyBytes(block: string): boolean {
  return /[A-Za-z0-9+/=]{32}/.test(block.slice(0, 4_096));
}

/** `user:${PASSWORD}@`, `user:password@` and `user:***@` are how documents write that a password goes there. */
function isNoPlaceholder(password: string): boolean {
  if (/^(?:(?:your|my)[-_]?)?(?:password|passwd|passphrase|pass|pwd|pw)$/i.test(password)) return false;
  return !/^(?:\$\{[^}]*\}|\$[A-Z_]+|\{+[^{}]*\}+|%[A-Z_]+%|([*.xX])\1*|\[redacted:[a-z0-9-]+\])$/.test(password);
}

/** Its first part is the number of a user, in base64. */
function namesDiscordUser(token: string): boolean {
  return /^\d{17,20}$/.test(Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString("latin1"));
}

function isUserAndPassword(encoded: string): boolean {
  return /^[\x20-\x39\x3b-\x7e\u00a0-\ufffc]*:[\x20-\x7e\u00a0-\ufffc]+$/.test(
    Buffer.from(encoded, "base64").toString("utf8"),
  );
}
