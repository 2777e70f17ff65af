import { SDK_ACTIONS } from "./sdk-actions.ts";

/** How a task may wait for what it called: for the response alone, for the job's end, for the token to come back. */
type Pattern = "" | ".sync" | ".sync:2" | ".waitForTaskToken";

const JOB = ["", ".sync"] as const;
const CALLBACK = ["", ".waitForTaskToken"] as const;
const RESPONSE = [""] as const;

/**
 * Actions with an integration of their own, and their patterns (developer guide on 30 November 2026: "Integrating optimized
 * services" and the page of each service; where pages and that table disagree, what either allows is).
 */
const OPTIMISED: Readonly<Record<string, Readonly<Record<string, readonly Pattern[]>>>> = {
  apigateway: { invoke: CALLBACK },
  athena: {
    startQueryExecution: JOB,
    stopQueryExecution: RESPONSE,
    getQueryExecution: RESPONSE,
    getQueryResults: RESPONSE,
  },
  batch: { submitJob: JOB },
  bedrock: { invokeModel: CALLBACK, createModelCustomizationJob: JOB },
  bedrockagentcore: { invokeHarness: RESPONSE },
  codebuild: {
    startBuild: JOB,
    stopBuild: RESPONSE,
    startBuildBatch: JOB,
    stopBuildBatch: RESPONSE,
    retryBuildBatch: JOB,
    deleteBuildBatch: RESPONSE,
    batchDeleteBuilds: RESPONSE,
    batchGetReports: RESPONSE,
  },
  databrew: { startJobRun: JOB },
  dynamodb: { getItem: RESPONSE, putItem: RESPONSE, updateItem: RESPONSE, deleteItem: RESPONSE },
  ecs: { runTask: ["", ".sync", ".waitForTaskToken"] },
  eks: {
    call: CALLBACK,
    runJob: ["", ".sync", ".waitForTaskToken"],
    createCluster: JOB,
    deleteCluster: JOB,
    createFargateProfile: JOB,
    deleteFargateProfile: JOB,
    createNodegroup: JOB,
    deleteNodegroup: JOB,
  },
  elasticmapreduce: {
    createCluster: JOB,
    terminateCluster: JOB,
    addStep: JOB,
    cancelStep: RESPONSE,
    setClusterTerminationProtection: RESPONSE,
    modifyInstanceFleetByName: RESPONSE,
    modifyInstanceGroupByName: RESPONSE,
  },
  "emr-containers": { createVirtualCluster: RESPONSE, deleteVirtualCluster: JOB, startJobRun: JOB },
  "emr-serverless": {
    createApplication: JOB,
    startApplication: JOB,
    stopApplication: JOB,
    deleteApplication: JOB,
    startJobRun: JOB,
    cancelJobRun: JOB,
  },
  events: { putEvents: CALLBACK },
  glue: { startJobRun: JOB },
  http: { invoke: RESPONSE },
  lambda: { invoke: CALLBACK },
  mediaconvert: { createJob: JOB },
  sagemaker: {
    createTrainingJob: JOB,
    createTransformJob: JOB,
    createProcessingJob: JOB,
    createLabelingJob: JOB,
    createHyperParameterTuningJob: JOB,
    createModel: RESPONSE,
    createEndpointConfig: RESPONSE,
    createEndpoint: RESPONSE,
    updateEndpoint: RESPONSE,
  },
  sns: { publish: CALLBACK },
  sqs: { sendMessage: CALLBACK },
  states: { startExecution: ["", ".sync", ".sync:2", ".waitForTaskToken"] },
};

/**
 * Whether AWS has such an integration.
 *
 * @param service `sqs`, or `aws-sdk:s3` where an action of the SDK is called.
 * @param pattern with its dot; empty for the response alone.
 */
export function isIntegration(service: string, action: string, pattern: string): boolean {
  if (service.startsWith("aws-sdk:")) {
    const name = service.slice("aws-sdk:".length);
    const actions = Object.hasOwn(SDK_ACTIONS, name) ? SDK_ACTIONS[name] : undefined;
    return (actions?.includes(` ${action} `) ?? false) && CALLBACK.some((known) => known === pattern);
  }
  const actions = Object.hasOwn(OPTIMISED, service) ? OPTIMISED[service] : undefined;
  const patterns = actions && Object.hasOwn(actions, action) ? actions[action] : undefined;
  return patterns?.some((known) => known === pattern) ?? false;
}
