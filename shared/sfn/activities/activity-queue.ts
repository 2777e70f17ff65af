/** A task of an activity that waits for a worker, or is with one. */
export interface ActivityTask {
  readonly taskToken: string;
  readonly executionArn: string;
  /** JSON text. */
  readonly input: string;
  /** Records who took the task. */
  reportStarted(workerName?: string): void;
}

/** The tasks of every activity that no worker has taken yet, first come first served, and the workers that wait. */
export interface ActivityQueue {
  /** Offers a task to workers until one takes it, or the function returned is called. */
  offer(activityArn: string, task: ActivityTask): () => void;
  /** The next task; undefined if `giveUp` aborts before there is one. */
  take(activityArn: string, workerName: string | undefined, giveUp: AbortSignal): Promise<ActivityTask | undefined>;
}

interface Worker {
  readonly name: string | undefined;
  readonly hand: (task: ActivityTask | undefined) => void;
}

export function activityQueue(): ActivityQueue {
  const tasks = new Map<string, Set<ActivityTask>>();
  const workers = new Map<string, Set<Worker>>();

  const give = (task: ActivityTask, worker: Worker) => {
    task.reportStarted(worker.name);
    worker.hand(task);
  };

  return {
    offer(activityArn, task) {
      const waiting = waitingIn(workers, activityArn);
      const [worker] = waiting;
      if (worker !== undefined) {
        waiting.delete(worker);
        give(task, worker);
        return () => undefined;
      }
      waitingIn(tasks, activityArn).add(task);
      return () => void waitingIn(tasks, activityArn).delete(task);
    },
    take(activityArn, workerName, giveUp) {
      return new Promise((resolve) => {
        const offered = waitingIn(tasks, activityArn);
        const [task] = offered;
        if (task !== undefined) {
          offered.delete(task);
          give(task, { name: workerName, hand: resolve });
          return;
        }
        if (giveUp.aborted) return resolve(undefined);
        const waiting = waitingIn(workers, activityArn);
        const leave = () => {
          waiting.delete(worker);
          resolve(undefined);
        };
        const worker: Worker = {
          name: workerName,
          hand: (handed) => {
            giveUp.removeEventListener("abort", leave);
            resolve(handed);
          },
        };
        giveUp.addEventListener("abort", leave, { once: true });
        waiting.add(worker);
      });
    },
  };
}

function waitingIn<T>(queues: Map<string, Set<T>>, activityArn: string): Set<T> {
  let queue = queues.get(activityArn);
  if (queue === undefined) {
    queue = new Set();
    queues.set(activityArn, queue);
  }
  return queue;
}
