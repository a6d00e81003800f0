/** One download of a file at a time: a second one would write over what the first has written. */
import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { ExitCode, FaultError } from '../fault/index.ts';
import { diskFault } from './dataset-files.ts';

/**
 * Takes a lock that ends with the process; one that a dead process has left is taken over.
 *
 * @returns how to give it back
 * @throws FaultError (machine) when another process has it
 */
export async function lock(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(`${process.pid} ${hostname()}\n`);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST')
        throw diskFault(path, error);
    }
    const [pid = '', host = ''] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
    if (attempt === 0 && host === hostname() && !isAlive(Number(pid))) {
      await rm(path, { force: true });
      continue;
    }
    throw new FaultError(
      {
        place: path,
        problem: `process ${pid === '' ? '?' : pid} on ${host === '' ? 'some machine' : host} is downloading the same file`,
        cure: 'wait for it; if there is no such process, remove this file',
      },
      ExitCode.machine,
    );
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
