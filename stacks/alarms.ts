import type { Lifecycle } from "./lifecycle.ts";
import { named } from "./names.ts";

interface Watched {
  readonly machines: readonly Lifecycle[];
  /** What stays in them waits for a person. */
  readonly queues: Readonly<Record<string, aws.sqs.Queue>>;
  /** Fails as long as there are runs that it cannot start. */
  readonly sweeper: sst.aws.Function;
}

/**
 * What a person has to look at. A run that fails is told by its events, to whoever submitted it: these are failures of the
 * machinery. Subscribe to the topic to hear of them.
 */
export function alarms({ machines, queues, sweeper }: Watched): aws.sns.Topic {
  const topic = new aws.sns.Topic("Alarms", { name: named("alarms") });
  for (const { name, machine } of machines) {
    for (const metricName of ["ExecutionsAborted", "ExecutionsTimedOut", "ExecutionThrottled"]) {
      alarm(`${name}-${metricName}`, topic, {
        namespace: "AWS/States",
        metricName,
        dimensions: { StateMachineArn: machine.arn },
      });
    }
  }
  for (const [name, queue] of Object.entries(queues)) {
    const dimensions = { QueueName: queue.name };
    alarm(name, topic, { namespace: "AWS/SQS", metricName: "ApproximateNumberOfMessagesVisible", dimensions });
  }
  alarm("unstarted", topic, {
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: sweeper.name },
  });
  return topic;
}

/** Raised by any at all within five minutes. */
function alarm(
  name: string,
  topic: aws.sns.Topic,
  metric: Pick<aws.cloudwatch.MetricAlarmArgs, "namespace" | "metricName" | "dimensions">,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(name, {
    name: named(name),
    ...metric,
    statistic: "Sum",
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    treatMissingData: "notBreaching",
    alarmActions: [topic.arn],
  });
}
