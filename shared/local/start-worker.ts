import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a worker thread with a module of this project, from the sources or from `dist/`. Node 20 does not carry the
 * loader that strips types into worker threads, so a TypeScript module gets it there first.
 */
export function startWorker(entry: URL, options: WorkerOptions = {}): Worker {
  if (!entry.pathname.endsWith(".ts")) return new Worker(entry, options);
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const code = `import(${loader}).then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); });`;
  return new Worker(code, { ...options, eval: true });
}
