/** What the command line takes from its process's environment. */
export interface CliEnvironment {
  /** Where the runs are, where no `--store` says it. */
  readonly store: string | undefined;
  readonly isPlain: boolean;
  /** The script of package.json that npm runs this for. */
  readonly npmScript: string | undefined;
  /** Options that npm took from its command line for itself, by name. */
  readonly takenByNpm: readonly string[];
}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): CliEnvironment {
  const { RESTEP_STORE: store = "", NO_COLOR, npm_lifecycle_event: npmScript } = variables;
  return {
    store: store === "" ? undefined : store,
    isPlain: NO_COLOR !== undefined,
    npmScript,
    takenByNpm: Object.keys(variables).flatMap((name) =>
      name.startsWith("npm_config_") ? [name.slice("npm_config_".length).replaceAll("_", "-")] : [],
    ),
  };
}
