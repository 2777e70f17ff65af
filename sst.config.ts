/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app({ stage }) {
    const isProduction = stage === "production";
    return {
      name: "restep",
      home: "aws",
      // Runs, artifacts and bundles outlive `sst remove` there, which `protect` refuses at all.
      removal: isProduction ? "retain" : "remove",
      protect: isProduction,
    };
  },
  async run() {
    const { deploy } = await import("./stacks/index.ts");
    const { RESTEP_MAPS: maps, RESTEP_RUNS_AT_ONCE: runsAtOnce, RESTEP_API_TOKENS: apiTokens } = process.env;
    return deploy({ maps, runsAtOnce, apiTokens });
  },
});
