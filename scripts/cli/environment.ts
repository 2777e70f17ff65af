/** What the command line takes from its process's environment. */
export interface CliEnvironment {
  /** Where the runs are, where no `--store` says it. */
  readonly store: string | undefined;
  /** Where the deployment's are, for `--cloud`. */
  readonly cloud: string | undefined;
  readonly isPlain: boolean;
  /** The private key that runs are signed with, in PEM or that in base64. A secret. */
  readonly signingKey: string | undefined;
  /** The script of package.json that npm runs this for. */
  readonly npmScript: string | undefined;
  /** Options that npm took from its command line for itself, by name. */
  readonly takenByNpm: readonly string[];
}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): CliEnvironment {
  const {
    RESTEP_STORE: store = "",
    RESTEP_CLOUD: cloud = "",
    NO_COLOR,
    RESTEP_SIGNING_KEY: signingKey = "",
    npm_lifecycle_event: npmScript,
  } = variables;
  return {
    store: store === "" ? undefined : store,
    cloud: cloud === "" ? undefined : cloud,
    signingKey: signingKey.trim() === "" ? undefined : signingKey,
    isPlain: NO_COLOR !== undefined,
    npmScript,
    takenByNpm: Object.keys(variables).flatMap((name) =>
      name.startsWith("npm_config_") ? [name.slice("npm_config_".length).replaceAll("_", "-")] : [],
    ),
  };
}
