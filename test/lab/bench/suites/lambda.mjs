// A function's handler in the place of the one that is measured: loads that, and answers a call with what both took.
const cpuBefore = process.cpuUsage();
const begun = performance.now();
const { handler: measured } = await import(process.env.RESTEP_MEASURED);
const { user, system } = process.cpuUsage(cpuBefore);
const loaded = {
  import_time: performance.now() - begun,
  import_cpu: (user + system) / 1000,
  init_time: performance.now(),
};

export async function handler(event, context) {
  const called = performance.now();
  // Nothing is there that it could do.
  await measured(event, context).catch(() => {});
  return { ...loaded, first_call: performance.now() - called, peak_memory: process.resourceUsage().maxRSS / 1024 };
}
