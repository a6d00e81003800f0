/**
 * Takes locks and works under them, for tests with several processes: `FOLDER JOBS LOG`. A job is done when its file is
 * there. What it begins and ends is appended to the log, so that two at once can be seen.
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../src/disk/lock.ts';

const [folder = '', jobs = '', log = ''] = process.argv.slice(2);
const say = (what: string, job: number) => appendFileSync(log, `${what} ${job} ${process.pid}\n`);
for (let left = true; left; ) {
  left = false;
  for (let job = 0; job < Number(jobs); job++) {
    const done = join(folder, `done-${job}`);
    if (existsSync(done)) continue;
    const lock = takeLock(join(folder, 'locks', String(job)));
    if ('heldBy' in lock) {
      left = true;
      continue;
    }
    if (existsSync(done)) {
      lock.release(true);
      continue;
    }
    say('begin', job);
    await sleep(5);
    if (!lock.isHeld()) throw new Error(`lost ${job}`);
    // Some give up without an end, and others go on.
    if ((job + process.pid) % 5 === 0 && !existsSync(`${done}.given-up`)) {
      writeFileSync(`${done}.given-up`, '');
      say('end', job);
      lock.release(false);
      left = true;
      continue;
    }
    say('end', job);
    writeFileSync(done, '');
    say('done', job);
    lock.release(true);
  }
  if (left) await sleep(2);
}
