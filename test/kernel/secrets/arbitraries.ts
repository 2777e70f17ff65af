import fc from "fast-check";

/** A text in which a secret stands, and the part of it that must not be seen again. */
export interface Sample {
  readonly text: string;
  readonly secret: string;
}

const whole = (pattern: RegExp): fc.Arbitrary<Sample> =>
  fc.stringMatching(pattern).map((text) => ({ text, secret: text }));
const inside = (before: string, pattern: RegExp, after = ""): fc.Arbitrary<Sample> =>
  fc.stringMatching(pattern).map((secret) => ({ text: before + secret + after, secret }));
const whollySecret = (text: string): Sample => ({ text, secret: text });
const base64url = (value: string): string => Buffer.from(value).toString("base64url");
const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.noBias(fc.uint8Array({ minLength: length, maxLength: length })).map((array) => Buffer.from(array));

function armoured(label: string): fc.Arbitrary<Sample> {
  return bytes(96).map((key) => {
    const lines = key.toString("base64").match(/.{1,64}/g)!;
    return { text: `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----`, secret: lines[0]! };
  });
}

/** As PEM has it between its lines. */
function ed25519Body(key: Buffer): string {
  return Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), key]).toString("base64");
}

const signed = fc.tuple(bytes(32), fc.nat()).map(([signature, subject]) => {
  const text = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(`{"sub":"${subject}"}`)}.${signature.toString("base64url")}`;
  return { text, secret: text };
});

const encrypted = fc.tuple(bytes(12), bytes(40), bytes(16)).map((parts) => {
  const [iv, ciphertext, tag] = parts.map((part) => part.toString("base64url"));
  const text = `${base64url('{"alg":"dir","enc":"A256GCM"}')}..${iv}.${ciphertext}.${tag}`;
  return { text, secret: text };
});

/** 32 random bytes. A few in a million look like words by chance, and pass for them. */
export const anyRandomValue = bytes(32).map((value) => value.toString("base64url"));

/** A random value that does not look like words by chance: numbers stand at five places of it or more. */
export const randomValue = anyRandomValue.filter((value) => (value.match(/\d+/g) ?? []).length >= 5);

/** Secrets of every known shape, by the id of the rule that finds them. Made up here: none was ever issued. */
export const SAMPLES: Readonly<Record<string, fc.Arbitrary<Sample>>> = {
  "aws-access-key-id": whole(/^(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}$/),
  "aws-bedrock-key": whole(/^ABSK[A-Za-z0-9+/]{110}$/),
  "aws-presigned-url": inside("https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=", /^[0-9a-f]{64}$/),
  "github-token": fc.oneof(whole(/^gh[pousr]_[A-Za-z0-9]{36}$/), whole(/^ghs_[0-9]{6}_eyJ[\w-]{80}\.[\w-]{90}$/)),
  "github-fine-grained-token": whole(/^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/),
  "gitlab-token": fc.oneof(whole(/^gl(?:pat|dt|rt|ft|soat|ffct)-[\w-]{20}$/), whole(/^GR1348941[\w-]{20}$/)),
  "npm-token": whole(/^npm_[A-Za-z0-9]{36}$/),
  "pypi-token": whole(/^pypi-AgEIcHlwaS5vcmc[\w-]{60}$/),
  "rubygems-token": whole(/^rubygems_[0-9a-f]{48}$/),
  "docker-token": whole(/^dckr_pat_[\w-]{27}$/),
  "slack-token": fc.oneof(
    whole(/^xox[bp]-[0-9]{11}-[0-9]{12}-[A-Za-z0-9]{24}$/),
    whole(/^xapp-1-A[A-Z0-9]{10}-[0-9]{13}-[a-f0-9]{64}$/),
  ),
  "slack-webhook": inside("https://", /^hooks\.slack\.com\/services\/T[A-Z0-9]{8}\/B[A-Z0-9]{8}\/[A-Za-z0-9]{24}$/),
  "discord-webhook": inside("https://", /^discord\.com\/api\/webhooks\/[0-9]{18}\/[\w-]{68}$/),
  "discord-bot-token": fc
    .tuple(fc.stringMatching(/^[1-9][0-9]{17}$/), fc.stringMatching(/^[\w-]{6}\.[\w-]{38}$/))
    .map(([user, rest]) => `${base64url(user)}.${rest}`)
    .map((text) => ({ text, secret: text })),
  "stripe-key": fc.oneof(whole(/^[sr]k_(?:live|test)_[A-Za-z0-9]{24}$/), whole(/^whsec_[A-Za-z0-9]{32}$/)),
  "google-api-key": whole(/^AIza[\w-]{35}$/),
  "google-oauth": fc.oneof(whole(/^GOCSPX-[\w-]{28}$/), whole(/^ya29\.[\w-]{60}$/), whole(/^1\/\/0[\w-]{60}$/)),
  "anthropic-key": whole(/^sk-ant-(?:api03|admin01|oat01)-[\w-]{93}AA$/),
  "openai-key": fc.oneof(
    whole(/^sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}$/),
    whole(/^sk-(?:proj|svcacct|admin)-[\w-]{74}T3BlbkFJ[\w-]{74}$/),
  ),
  "huggingface-token": whole(/^hf_[A-Za-z]{34}$/),
  "groq-key": whole(/^gsk_[A-Za-z0-9]{52}$/),
  "replicate-token": whole(/^r8_[A-Za-z0-9]{37}$/),
  "azure-connection-string": inside(
    "DefaultEndpointsProtocol=https;AccountName=restep;AccountKey=",
    /^[A-Za-z0-9+/]{86}==$/,
    ";EndpointSuffix=core.windows.net",
  ),
  "azure-sas": inside("https://restep.blob.core.windows.net/c?sv=2024-11-04&sp=r&sig=", /^[A-Za-z0-9]{41}%2B%3D$/),
  "azure-client-secret": inside("", /^[A-Za-z0-9]{3}8Q~[A-Za-z0-9_~.-]{34}$/),
  "ssh-private-key": armoured("OPENSSH PRIVATE KEY"),
  "pem-private-key": fc
    .constantFrom("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    .chain(armoured),
  "encoded-private-key": fc.oneof(
    fc
      .constantFrom("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY")
      .chain(armoured)
      .map(({ text }) => whollySecret(Buffer.from(text).toString("base64"))),
    bytes(32).map((key) => whollySecret(ed25519Body(key))),
  ),
  "age-secret-key": whole(/^AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}$/),
  jwt: signed,
  jwe: encrypted,
  "url-password": inside("postgres://restep:", /^p4[A-Za-z0-9!$*_-]{6,18}$/, "@db.example.com:5432/runs"),
  "bearer-token": bytes(32).map((token) => {
    const secret = token.toString("base64url");
    return { text: `Bearer ${secret}`, secret };
  }),
  "basic-credentials": fc.stringMatching(/^[a-z]{3,8}:[\x21-\x7e]{8,16}$/).map((pair) => {
    const secret = Buffer.from(pair).toString("base64");
    return { text: `Basic ${secret}`, secret };
  }),
  "twilio-key": whole(/^SK[0-9a-f]{32}$/),
  "sendgrid-key": whole(/^SG\.[\w-]{22}\.[\w-]{43}$/),
  "telegram-bot-token": inside("7654321098", /^:AA[\w-]{33}$/),
  "digitalocean-token": whole(/^do[opr]_v1_[0-9a-f]{64}$/),
  "vault-token": whole(/^hv[sb]\.[\w-]{90}$/),
  "terraform-token": inside("A1b2C3d4E5f6G7", /^\.atlasv1\.[\w-]{67}$/),
  "databricks-token": whole(/^dapi[0-9a-f]{32}$/),
  "doppler-token": whole(/^dp\.(?:pt|st)\.[A-Za-z0-9]{43}$/),
  "shopify-token": whole(/^shp(?:at|ca|pa|ss)_[0-9a-f]{32}$/),
  "square-token": whole(/^sq0(?:atp|csp)-[\w-]{22}$/),
  "atlassian-token": whole(/^ATATT3[\w=-]{186}$/),
  "linear-key": whole(/^lin_api_[A-Za-z0-9]{40}$/),
  "notion-token": whole(/^ntn_[0-9]{11}[A-Za-z0-9]{35}$/),
  "postman-key": whole(/^PMAK-[0-9a-f]{24}-[0-9a-f]{34}$/),
  "grafana-token": fc.oneof(whole(/^glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}$/), whole(/^glc_[A-Za-z0-9+/]{60}$/)),
  "sentry-token": whole(/^sntryu_[0-9a-f]{64}$/),
};

const hex = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const word = fc.constantFrom(
  "run",
  "lift",
  "memcpy",
  "shard",
  "oracle",
  "main",
  "state",
  "report",
  "expected",
  "found",
  "Map",
);
const words = (separator: string): fc.Arbitrary<string> =>
  fc.array(word, { minLength: 1, maxLength: 5 }).map((list) => list.join(separator));

/** What Restep's own documents are full of. */
export const innocentText: fc.Arbitrary<string> = fc.oneof(
  hex(64),
  hex(64).map((digest) => `artifact://${digest}`),
  fc.uuid(),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }).map((date) => date.toISOString()),
  hex(8).map((address) => `0x${address}`),
  hex(64).map((digest) => `/home/user/.restep/artifacts/${digest.slice(0, 2)}/${digest.slice(2)}`),
  fc.uuid().map((id) => `arn:aws:states:us-east-1:123456789012:execution:restep:${id}`),
  words("/").map((path) => `/${path}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  words("_"),
  words("."),
  words(" "),
  fc.tuple(words(" "), hex(8), hex(8)).map(([text, a, b]) => `${text}: expected 0x${a}, found 0x${b}`),
  fc.constantFrom(
    "run_lifecycle.lift.main",
    "$.Token",
    "$$.Task.Token",
    "TransientIo",
    "States.TaskFailed",
    "us-east-1",
  ),
);

/** Base64 of binary data: innocent under every name that tells nothing. */
export const binaryText = bytes(48).map((data) => data.toString("base64"));

export const plainName = fc.constantFrom(
  "name",
  "sha256",
  "artifact",
  "state_id",
  "TokenPath",
  "next_token",
  "max_tokens",
  "cache_key",
  "public_key",
  "error",
  "cause",
  "path",
  "address",
  "bytes",
  "code",
  "author",
  "description",
);
export const weakName = fc.constantFrom(
  "token",
  "TaskToken",
  "session_id",
  "session",
  "cookie",
  "authorization",
  "credentials",
);
export const strongName = fc.constantFrom(
  "password",
  "db_password",
  "DB_PASSWD",
  "apiKey",
  "x-api-key",
  "client_secret",
  "secretAccessKey",
  "private-key",
  "passphrase2",
  "RESTEP_SECRET_KEY",
);

/** Puts a value somewhere in a random document of innocent values. */
export function planted(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const level = fc.oneof(
    fc.record({
      kind: fc.constant("array" as const),
      before: fc.array(innocentText, { maxLength: 3 }),
      after: fc.array(innocentText, { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("object" as const),
      key: plainName,
      others: fc.dictionary(words("-"), fc.oneof(innocentText, binaryText, fc.integer(), fc.constant(null)), {
        maxKeys: 4,
      }),
    }),
  );
  return fc
    .tuple(value, fc.array(level, { maxLength: 4 }))
    .map(([inner, levels]) =>
      levels.reduce<unknown>(
        (held, step) =>
          step.kind === "array" ? [...step.before, held, ...step.after] : { ...step.others, [step.key]: held },
        inner,
      ),
    );
}

/** Puts a text between others, as a message, a command line or a document would. */
export function surrounded(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const border = fc.constantFrom("", " ", "\n", "\t", '"', "'", "`", "(", "<", ", ", "key=", "« ", "日本 ", "😀 ");
  const far = fc.oneof(
    fc.constant(""),
    innocentText.map((innocent) => `${innocent} `),
  );
  return fc
    .tuple(far, border, text, fc.constantFrom("", " ", "\n", '"', "'", "`", ")", ">", ";", " »", " 日本", " 😀"), far)
    .map(
      ([before, open, middle, close, after]) => `${before}${open}${middle}${close}${after === "" ? "" : ` ${after}`}`,
    );
}
