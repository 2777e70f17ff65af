// The house plan as a lint: a file belongs to one room, and arrows only point down this list.
const rooms = [
  ["scripts", "^scripts/"],
  ["stacks", "^stacks/"],
  ["functions", "^functions/"],
  ["local", "^shared/local/"],
  ["api", "^shared/api/"],
  ["sfn", "^shared/sfn/"],
  ["runs", "^shared/runs/"],
  ["stages", "^shared/stages/"],
  ["gateway", "^shared/gateway/"],
  ["similarity", "^shared/similarity/"],
  ["recompiler", "^shared/recompiler/"],
  ["asl", "^shared/asl/"],
  ["kernel", "^shared/kernel/"],
  ["stores", "^shared/stores/"],
  ["contracts", "^shared/contracts/"],
  ["telemetry", "^shared/telemetry/"],
];

const upward = rooms.slice(1).map(([name, path], index) => ({
  name: `${name}-points-down`,
  severity: "error",
  comment: `${name}/ may only import rooms below it in the house plan`,
  from: { path },
  to: { path: rooms.slice(0, index + 1).map(([, above]) => above) },
}));

/** Rooms that could be published alone: they import nothing of the project but themselves. */
const standalone = ["recompiler", "similarity", "asl"].map((name) => ({
  name: `${name}-stands-alone`,
  severity: "error",
  comment: `${name}/ knows nothing of runs, stores or AWS`,
  from: { path: `^shared/${name}/` },
  to: { path: "^(scripts|stacks|functions|shared)/", pathNot: `^shared/${name}/` },
}));

/** Rooms that are imported by what they say they offer. Tests look at parts. */
const entries = [
  ["asl", "(index|engine)"],
  ["sfn", "index"],
].map(([name, entry]) => ({
  name: `${name}-by-its-entries`,
  severity: "error",
  comment: `${name}/ is imported by ${entry}.ts alone: what is behind it may change`,
  from: { path: "^(scripts|stacks|functions|shared)/", pathNot: `^shared/${name}/` },
  to: { path: `^shared/${name}/`, pathNot: `^shared/${name}/${entry}[.]ts$` },
}));

module.exports = {
  forbidden: [
    ...upward,
    ...standalone,
    ...entries,
    {
      name: "sfn-stands-on-asl-alone",
      severity: "error",
      comment: "sfn/ knows of asl/ and nothing else, and could be published with it",
      from: { path: "^shared/sfn/" },
      to: { path: "^(scripts|stacks|functions|shared)/", pathNot: "^shared/(sfn|asl)/" },
    },
    {
      name: "stores-are-opened-by-url",
      severity: "error",
      comment: "stores/open.ts alone knows the adapters",
      from: { path: "^(scripts|stacks|functions|shared)/", pathNot: "^shared/stores/" },
      to: { path: "^shared/stores/(filesystem|memory|aws|redis)/", pathNot: "^shared/stores/aws/layout[.]ts$" },
    },
    {
      name: "deployments-know-the-layout",
      severity: "error",
      comment: "What stores in AWS stand on is for those who make it",
      from: { path: "^(scripts|functions|shared)/", pathNot: "^shared/stores/aws/" },
      to: { path: "^shared/stores/aws/layout[.]ts$" },
    },
    {
      name: "no-circles",
      severity: "error",
      comment: "No module imports itself by way of others, types included",
      from: {},
      to: { circular: true },
    },
    {
      name: "aws-clients-stay-at-the-edge",
      severity: "error",
      comment: "Only stores/aws, functions/, stacks/ and the AWS side of scripts/ import an AWS client",
      from: { path: "^shared/", pathNot: "^shared/stores/aws/" },
      to: { path: "node_modules/@aws-sdk/" },
    },
    {
      name: "product-does-not-import-tests",
      severity: "error",
      from: { path: "^(scripts|stacks|functions|shared)/" },
      to: { path: "^test/" },
    },
    {
      name: "campaigns-have-the-tools",
      severity: "error",
      comment:
        "Compilers, emulators, a packed install and processes to kill are for *.campaign.ts: `npm test` has two minutes",
      from: { path: "^test/.*[.]test[.]ts$" },
      to: {
        path: "/(cross-compile|programs/compile|support/toolchain|examples/tools|e2e/published|store-processes)[.]ts$",
      },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
