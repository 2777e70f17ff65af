import type { CollectedName, CollectedShape } from "./collected-form.ts";

const r = String.raw;

/** GitHub scans for these; what a token looks like is seen where its issuer hands one out. */
const SCANNED = "https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns";
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

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
  { id: "xai-key", words: ["xai-"], pattern: r`\bxai-[A-Za-z0-9]{60,100}(?![\w-])`, entropy: 3.5, source: SCANNED },
  { id: "nvidia-key", words: ["nvapi-"], pattern: r`\bnvapi-[\w=\-]{60,80}`, entropy: 3.5, source: SCANNED },
  { id: "cerebras-key", words: ["csk-"], pattern: r`\bcsk-[a-z0-9]{40,64}(?![\w-])`, entropy: 3.5, source: SCANNED },
  { id: "fireworks-key", words: ["fw_"], pattern: r`\bfw_[A-Za-z0-9]{22,24}(?!\w)`, entropy: 3.5, source: SCANNED },
  { id: "together-key", words: ["tgp_v1_"], pattern: r`\btgp_v1_[\w=\-]{40,64}`, entropy: 3.5, source: SCANNED },
  { id: "voyage-key", words: ["pa-"], pattern: r`(?<![\w-])pa-[\w=\-]{43}(?![\w-])`, entropy: 4.2, source: "https://docs.voyageai.com/docs/api-key-and-installation" },
  { id: "tavily-key", words: ["tvly-"], pattern: r`\btvly-(?:dev-|prod-)?[A-Za-z0-9]{32}`, entropy: 3.5, source: SCANNED },
  { id: "firecrawl-key", words: ["fc-"], pattern: r`(?<![\w-])fc-[0-9a-f]{32}(?![\w-])`, entropy: 3, source: "https://docs.firecrawl.dev/introduction" },
  { id: "pinecone-key", words: ["pcsk_"], pattern: r`\bpcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,65}`, entropy: 3.5, source: SCANNED },
  { id: "langfuse-key", words: ["sk-lf-"], pattern: r`\bsk-lf-${UUID}`, entropy: 3, source: SCANNED },
  { id: "langsmith-key", words: ["lsv2_"], pattern: r`\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}`, entropy: 3, source: SCANNED },
  { id: "elevenlabs-key", words: ["sk_"], pattern: r`\bsk_[0-9a-f]{48}(?!\w)`, entropy: 3, source: SCANNED },
  { id: "resend-key", words: ["re_"], pattern: r`\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}(?!\w)`, entropy: 3.5, source: "https://resend.com/docs/api-reference/introduction" },
  { id: "posthog-key", words: ["phx_"], pattern: r`\bphx_[A-Za-z0-9]{43,50}`, entropy: 3.5, source: SCANNED },
  { id: "neon-key", words: ["napi_"], pattern: r`\bnapi_[a-z0-9]{64}`, entropy: 3.5, source: SCANNED },
  { id: "render-key", words: ["rnd_"], pattern: r`\brnd_[A-Za-z0-9]{28,32}(?!\w)`, entropy: 3.5, source: "https://render.com/docs/api" },
  { id: "tailscale-key", words: ["tskey-"], pattern: r`\btskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{24,40}`, entropy: 3, source: "https://tailscale.com/kb/1277/key-prefixes" },
  { id: "figma-token", words: ["figd_", "figu_"], pattern: r`\bfig[du]_[\w=\-]{40}`, entropy: 3.5, source: SCANNED },
  { id: "contentful-token", words: ["cfpat-"], pattern: r`\bCFPAT-[\w=\-]{43}`, entropy: 3.5, source: SCANNED },
  { id: "mapbox-key", words: ["sk.eyj"], pattern: r`(?<![\w.])sk\.eyJ[\w-]{40,256}\.[\w-]{22}`, entropy: 3.5, source: SCANNED },
  { id: "buildkite-token", words: ["bkua_", "bkct_", "bkaj_", "bkat_"], pattern: r`\bbk(?:ua|ct|aj|at)_[0-9a-f]{40}`, entropy: 3, source: SCANNED },
  { id: "circleci-token", words: ["ccipat_", "cciprj_"], pattern: r`\bCCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}`, entropy: 3, source: SCANNED },
  { id: "crates-io-token", words: ["cio"], pattern: r`\bcio[A-Za-z0-9]{32}(?!\w)`, entropy: 3.5, source: SCANNED },
  { id: "nuget-key", words: ["oy2"], pattern: r`\boy2[a-z0-9]{43}(?!\w)`, entropy: 3.5, source: SCANNED },
  { id: "azure-devops-token", words: ["azdo"], pattern: r`(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])`, entropy: 3.5, source: SCANNED },
  { id: "honeycomb-key", words: ["ik_01"], pattern: r`\bhc[a-z]ik_01[0-9a-z]{56}`, entropy: 3.5, source: SCANNED },
  { id: "axiom-token", words: ["xaat-", "xapt-"], pattern: r`\bxa[ap]t-${UUID}`, entropy: 3, source: "https://axiom.co/docs/reference/tokens" },
  { id: "trigger-key", words: ["tr_"], pattern: r`\btr_(?:prod|dev|stg|preview|pat)_[A-Za-z0-9]{20,40}(?!\w)`, entropy: 3.5, source: "https://trigger.dev/docs/apikeys" },
  { id: "inngest-key", words: ["signkey-"], pattern: r`\bsignkey-(?:prod|test|branch)-[0-9a-f]{32,64}`, entropy: 3, source: "https://www.inngest.com/docs/platform/signing-keys" },
  { id: "hubspot-token", words: ["pat-na", "pat-eu", "pat-ap"], pattern: r`\bpat-(?:na|eu|ap)\d-${UUID}`, entropy: 3, source: SCANNED },
  { id: "paddle-key", words: ["pdl_live_", "pdl_sdbx_"], pattern: r`\bpdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}`, entropy: 3, source: SCANNED },
  { id: "polar-token", words: ["polar_"], pattern: r`\bpolar_(?:oat|pat|at|rt|cs)_[A-Za-z0-9]{40,48}`, entropy: 3.5, source: SCANNED },
  { id: "ethereum-node-key", words: ["infura.io", "alchemy.com"], pattern: r`\b(?:infura\.io/v3|alchemy\.com/v2)/([\w=\-]{32})(?![\w-])`, entropy: 3, source: "https://docs.metamask.io/services/get-started/infura/" },
  { id: "laravel-key", words: ["app_key"], pattern: r`\bAPP_KEY["']?\s{0,4}[=:]\s{0,4}["']?(base64:[A-Za-z0-9+/]{43}=)`, entropy: 3.5, source: "https://laravel.com/docs/encryption#configuration" },
  { id: "ngrok-token", words: ["authtoken"], pattern: r`authtoken["']?[ =:]{1,4}["']?([A-Za-z0-9]{20,30}_[A-Za-z0-9]{18,26})(?!\w)`, entropy: 3.5, source: "https://ngrok.com/docs/agent/config/" },
  { id: "zapier-webhook", words: ["hooks.zapier.com"], pattern: r`hooks\.zapier\.com/hooks/catch/\d{4,12}/[a-z0-9]{6,12}`, source: "https://help.zapier.com/hc/en-us/articles/8496288690317" },
  { id: "bearer-uuid", words: ["bearer "], pattern: r`[Bb]earer {1,4}(${UUID})(?![\w-])`, entropy: 2.5, source: "https://www.rfc-editor.org/rfc/rfc6750#section-2.1" },
  { id: "sshpass-password", words: ["sshpass"], pattern: r`\bsshpass\s{1,8}-p\s{0,8}["']?([^\s"'$<]{6,128})`, entropy: 2.5, source: "https://linux.die.net/man/1/sshpass" },
  { id: "mysql-password", words: ["mysql", "mariadb"], pattern: r`\b(?:mysql|mariadb)(?:-?dump|-?admin)?\s(?:[^\n]{0,256}?\s)?-p["']?([^\s"'$<][^\s"']{5,128})`, entropy: 2.5, source: "https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html" },
  { id: "openssl-password", words: ["pass:"], pattern: r`-pass(?:in|out)?\s{1,8}["']?pass:([^\s"'$<]{6,128})`, entropy: 2.5, source: "https://docs.openssl.org/master/man1/openssl-passphrase-options/" },
  { id: "docker-password", words: [" login"], pattern: r`\b(?:docker|podman|nerdctl|registry) login (?:[^\n]{0,256}? )?(?:-p|--password)[ =]{1,4}["']?([^\s"'$<][^\s"']{5,256})`, entropy: 3, source: "https://docs.docker.com/reference/cli/docker/login/" },
];

/** As those of the collection. */
// biome-ignore format: one rule each line
export const SUPPLEMENT_NAMES: readonly (CollectedName & Described)[] = [
  { id: "vercel-token", word: "vercel", value: "[A-Za-z0-9]{24}", source: "https://vercel.com/docs/rest-api#authentication" },
  { id: "sentry-token", word: "sentry", value: "[0-9a-f]{64}", source: "https://docs.sentry.io/api/auth/" },
  { id: "railway-token", word: "railway", value: UUID, source: "https://docs.railway.com/reference/public-api" },
  { id: "exa-key", word: "exa[_-]?api", value: UUID, source: "https://docs.exa.ai/reference/getting-started" },
  { id: "consul-token", word: "consul|nomad", value: UUID, source: "https://developer.hashicorp.com/consul/commands#consul_http_token" },
  { id: "postmark-token", word: "postmark", value: UUID, source: "https://postmarkapp.com/developer/api/overview#authentication" },
];
