/** What a command does when it is asked to stop. */

/** Ctrl-C and its like abort what is under way, until `release`. */
export function abortOnSignal() {
  const controller = new AbortController();
  const hear = () => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, hear);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, hear);
    },
  };
}
