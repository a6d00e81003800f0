/** A process that can be killed: `sync ADDRESS RESULTS`, or `follow ADDRESS FROM TO`, which repeats a run in real time. */
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findRuns } from '../../src/results/index.ts';
import {
  createClient,
  createTransport,
  followRun,
  localSettings,
  syncFolders,
} from '../../src/tracking/index.ts';

const [what, address = '', from = '', to = ''] = process.argv.slice(2);
const settings = { ...localSettings(address), timeout: 10_000 };

if (what === 'sync') {
  const client = createClient(createTransport(settings));
  await syncFolders(
    client,
    findRuns('all', from, () => false),
    { restore: false },
  );
  client.close();
} else {
  const partial = `${to}.partial-${process.pid}`;
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, partial, { recursive: true });
  const journal = join(partial, 'journal.jsonl');
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  writeFileSync(journal, '');
  const follower = followRun({
    settings,
    folder: partial,
    final: to,
    spec: null,
    sweep: null,
    say: () => {},
    interval: 50,
  });
  for (const [i, line] of lines.entries()) {
    await appendFile(journal, `${line}\n`);
    if (i % 20 === 0) await new Promise((done) => setTimeout(done, 30));
  }
  renameSync(partial, to);
  await follower.end({ kind: 'finished', folder: to }, 15_000);
}
