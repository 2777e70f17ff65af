import type { CollectedName, CollectedShape } from "./collected-form.ts";

const r = String.raw;

/** Where the form is described. */
interface Described {
  readonly source: string;
}

/** Shapes that the kept collection lacks, or has in a form whose time grows faster than the text. */
// biome-ignore format: one rule each line
export const SUPPLEMENT_SHAPES: readonly (CollectedShape & Described)[] = [
  { id: "mysql-dsn", words: ["@tcp(", "@unix("], pattern: r`:([^\s@"'${"`"}]{1,128})@(?:tcp|unix)\(`, source: "https://github.com/go-sql-driver/mysql#dsn-data-source-name" },
  { id: "netrc-password", words: ["login"], pattern: r`\bmachine\s{1,8}\S{1,256}\s{1,8}login\s{1,8}\S{1,256}\s{1,8}(?:account\s{1,8}\S{1,256}\s{1,8})?password\s{1,8}(\S{4,256})`, source: "https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html" },
  { id: "curl-user", words: ["curl"], pattern: r`\bcurl\s(?:[^\n]{0,256}?\s)?(?:-u|--user|-U|--proxy-user)[ =]{0,4}["']?([^\s:"'$<]{1,64}:[^\s"'$<{][^\s"']{3,128})`, entropy: 2.5, source: "https://curl.se/docs/manpage.html#-u" },
  { id: "npmrc-token", words: ["_authtoken"], pattern: r`:_authToken[ \t]{0,4}=[ \t]{0,4}["']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`, source: "https://docs.npmjs.com/cli/configuring-npm/npmrc#auth-related-configuration" },
  { id: "supabase-key", words: ["sbp_", "sb_secret_"], pattern: r`\b(?:sbp_(?:v0_)?[0-9a-f]{40}|sb_secret_[\w-]{22,64})`, entropy: 3, source: "https://supabase.com/docs/guides/api/api-keys" },
  { id: "vercel-token", words: ["vcp_", "vci_", "vca_", "vcr_", "vck_"], pattern: r`\bvc[piark]_[A-Za-z0-9]{24,80}`, entropy: 3, source: "https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns" },
  { id: "netlify-token", words: ["nfp_"], pattern: r`\bnfp_[A-Za-z0-9]{36,64}`, entropy: 3, source: "https://docs.netlify.com/api/get-started/" },
  { id: "mailgun-key", words: ["key-"], pattern: r`(?<![\w-])key-[0-9a-f]{32}(?![\w-])`, entropy: 3, source: "https://documentation.mailgun.com/docs/mailgun/user-manual/api-key-mgmt/rbac-mgmt" },
  { id: "firebase-server-key", words: [":apa91b"], pattern: r`AAAA[\w-]{7}:APA91b[\w-]{134}`, entropy: 3, source: "https://firebase.google.com/docs/cloud-messaging/server" },
  { id: "new-relic-key", words: ["nrak-", "nrii-", "nraa-", "nral"], pattern: r`\bNR(?:AK|II|AA)-[A-Za-z0-9_-]{19,42}|(?<![0-9a-z])(?:[0-9a-f]{36}|[a-z]{2}\d\dxx[0-9a-f]{30})(?:FFFF)?NRAL`, entropy: 3, source: "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/" },
];

/** As those of the collection. */
// biome-ignore format: one rule each line
export const SUPPLEMENT_NAMES: readonly (CollectedName & Described)[] = [
  { id: "vercel-token", word: "vercel", value: "[A-Za-z0-9]{24}", source: "https://vercel.com/docs/rest-api#authentication" },
  { id: "sentry-token", word: "sentry", value: "[0-9a-f]{64}", source: "https://docs.sentry.io/api/auth/" },
];
