import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { frame, pcap } from '../capture/build.ts';
import { temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const root = temporaryFolder();
const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
const windows = process.platform === 'win32';

/** Runs a line of the shell in which "$@" is the program. */
async function shell(line: string) {
  const child = spawn('sh', ['-c', line, 'sh', process.execPath, program], { cwd: root });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      text += bytes;
    });
  const [code] = (await once(child, 'close')) as [number];
  return { code, text };
}

describe('where a user is', { skip: windows && 'needs a shell' }, () => {
  const garbled = 'caf\ufffd';
  const bytes = (text: string) => Buffer.from(text, 'latin1');

  it('may have names that are no valid UTF-8: captures are read, and nothing of another name is made', async (t) => {
    try {
      mkdirSync(Buffer.concat([bytes(`${root}/`), bytes('caf\xe9')]));
    } catch {
      return t.skip('the file system takes no such name');
    }
    writeFileSync(
      Buffer.concat([bytes(`${root}/`), bytes('caf\xe9/x\xff.pcap')]),
      pcap([{ seconds: 1, bytes: frame() }]),
    );
    const wrong = /caf\ufffd: a part of the name is no valid UTF-8; rename it \(convmv\), or name it through/;
    const [named, made, there, gone, inside] = await Promise.all([
      shell('"$@" inspect "$(printf \'caf\\351\')"'),
      shell('"$@" data synth synthetic-office --out "$(printf \'caf\\351/\\377\')"'),
      shell('cd "$(printf \'caf\\351\')" && "$@" data list'),
      shell('mkdir gone && cd gone && rmdir ../gone && "$@" data list'),
      sessionlab(['inspect', join(root, 'caf\udce9'), '--json']),
    ]);
    if (process.platform === 'linux') {
      assert.equal(named.code, 0, named.text);
      assert.match(named.text, /caf\\udce9\/x\\udcff\.pcap +pcap-le-us +1 packet/);
    } else assert.match(named.text, wrong);
    assert.equal(made.code, 3, made.text);
    assert.match(made.text, /a part of the name is no valid UTF-8/);
    const noText = 'a part of the name of the working folder is no valid UTF-8';
    assert.deepEqual(there, { code: 4, text: `sessionlab: ${noText}; go to another one (cd)\n` });
    assert.deepEqual(gone, {
      code: 4,
      text: 'sessionlab: the working folder is not there any more; go to another one (cd)\n',
    });
    assert.equal(inside.status, 0, inside.stderr);
    assert.match(JSON.parse(inside.stdout).files[0].path, /caf\udce9\/x\udcff\.pcap$/);
    assert.deepEqual(
      readdirSync(join(root), { encoding: 'buffer' }).filter((name) => name.includes('caf')),
      [bytes('caf\xe9')],
    );
    const run = await sessionlab(['run', writeSpec(join(root, 'spec')), '--out', join(root, garbled)]);
    assert.equal(run.status, 3);
    assert.match(run.stderr, wrong);
    assert.equal(existsSync(join(root, garbled)), false);
  });

  const other = ['--reuid', '54321', '--regid', '54321', '--clear-groups'];
  const can =
    process.geteuid?.() === 0 &&
    spawnSync('sh', ['-c', `setpriv ${other.join(' ')} test -r "$1"`, 'sh', program]).status === 0;
  const nobody = { skip: !can && 'needs root, setpriv, and a folder that others may read' };

  it('need not have a home, a name, or many open files', nobody, async () => {
    const at = join(root, 'nobody');
    const spec = writeSpec(at, { training: { epochs: 1, batch: 16 }, attention: { sessions: 0 } });
    for (const folder of [root, at]) chmodSync(folder, 0o777);
    assert.ok(existsSync(dirname(spec)));
    const as = `ulimit -n 256; exec env -u HOME setpriv ${other.join(' ')}`;
    const ran = await shell(`cd nobody; ${as} "$@" run spec.json --threads 1 --out out`);
    assert.equal(ran.code, 0, ran.text);
    assert.ok(readdirSync(join(at, 'out', 'small')).some((name) => /^[0-9a-f]{12}$/.test(name)));
  });
});
