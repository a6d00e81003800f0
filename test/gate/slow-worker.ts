/** The process that a gate on trial starts: where the folder says so, every call takes a share longer. */
import { join } from 'node:path';
import type { Task } from '../../src/bench/benchmark.ts';
import { serve } from '../../src/bench/gate/worker.ts';

/** Shares by the place of the code, from the environment: `{"/tmp/…/candidate": 0.05}`. */
const shares = JSON.parse(process.env.SESSIONLAB_GATE_PLANTED ?? '{}') as Readonly<Record<string, number>>;

serve((task, { name, side }) => {
  const share = shares[side.code] ?? 0;
  if (share === 0) return task;
  return name.startsWith('cli/') ? slowStart(task, share) : slowCall(task, share);
});

/** Computes on after the call, for a share of the time that it took. */
function slowCall(task: Task, share: number): Task {
  const linger = (begin: number): void => {
    const end = begin + (1 + share) * (performance.now() - begin);
    while (performance.now() < end);
  };
  return {
    ...task,
    run() {
      const begin = performance.now();
      const result = task.run();
      if (!(result instanceof Promise)) {
        linger(begin);
        return result;
      }
      return result.then((value: unknown) => {
        linger(begin);
        return value;
      });
    },
  };
}

/** The process that is started computes on before it ends, for a share of its life until then. */
function slowStart(task: Task, share: number): Task {
  return {
    ...task,
    async run() {
      const before = process.env.NODE_OPTIONS;
      const hook = JSON.stringify(join(process.env.SESSIONLAB_GATE_FOLDER!, 'slow-exit.cjs'));
      process.env.NODE_OPTIONS = `${before ?? ''} --require=${hook}`;
      process.env.SESSIONLAB_GATE_SHARE = String(share);
      try {
        return await task.run();
      } finally {
        if (before === undefined) delete process.env.NODE_OPTIONS;
        else process.env.NODE_OPTIONS = before;
      }
    },
  };
}
