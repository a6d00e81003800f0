import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { findRuns } from '../../src/results/index.ts';
import { startMlflow } from '../../src/services/index.ts';
import {
  createClient,
  createTransport,
  exportFolders,
  localSettings,
  mlflowSettings,
  syncFolders,
} from '../../src/tracking/index.ts';
import { enumerations, messages } from '../../src/tracking/mlflow/wire.ts';
import { copyRun, realRun } from '../tracking/material.ts';
import { assertNothingElse, assertOnServer, python, withoutMlflow } from './server.ts';

/** Prints the fields of messages and the words of enumerations as MLflow's own descriptors have them. */
const DESCRIBE = `
import json, sys
from mlflow.protos import service_pb2 as s
names, enums = json.loads(sys.argv[1])
kinds = {1: 'double', 3: 'int64', 5: 'int32', 8: 'bool', 9: 'string'}
def fields(name):
    d = s
    for part in name.split('.'): d = getattr(d, part)
    kind = lambda f: f.message_type.name if f.type == 11 else f.enum_type.name if f.type == 14 else kinds.get(f.type, str(f.type))
    return {f.name: [kind(f)] if f.is_repeated else kind(f) for f in d.DESCRIPTOR.fields}
print(json.dumps([{n: fields(n) for n in names}, {n: list(getattr(s, n).keys()) for n in enums}]))
`;

describe('MLflow itself', { skip: withoutMlflow }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-contract-'));
  let real: string;
  before(async () => {
    real = await realRun(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has every message, field and word that we use, of the same type', () => {
    const names = JSON.stringify([Object.keys(messages), Object.keys(enumerations)]);
    const output = execFileSync(python, ['-W', 'ignore', '-c', DESCRIBE, names], { encoding: 'utf8' });
    const [fields, words] = JSON.parse(output) as [
      Record<string, Record<string, string | string[]>>,
      Record<string, readonly string[]>,
    ];
    interface Field {
      readonly title: string;
      readonly items?: Field;
    }
    for (const [name, { properties }] of Object.entries(messages)) {
      for (const [key, field] of Object.entries(properties as unknown as Record<string, Field>)) {
        const type = field.items === undefined ? field.title : [field.items.title];
        assert.deepEqual(fields[name]![key], type, `${name}.${key}`);
      }
    }
    for (const [name, ours] of Object.entries(enumerations))
      for (const word of ours.enum) assert.ok(words[name]!.includes(word), `${name}.${word}`);
  });

  it('takes an export in, and serves it: every point, parameter, tag, input, file and model; a sync then sends nothing', {
    timeout: 300_000,
  }, async () => {
    const results = join(folder, 'results');
    const folders = [1, 2].map((seed) => copyRun(real, results, { seed, experiment: 'exported' }));
    const tree = join(folder, 'tree');
    await exportFolders(
      findRuns('all', results, () => false),
      tree,
      { experiment: null },
    );
    const at = join(folder, 'server');
    const server = await startMlflow({ python, folder: at });
    await server.stop();
    rmSync(join(at, 'mlflow.db'));
    const args = [
      '-m',
      'mlflow',
      'migrate-filestore',
      '--source',
      tree,
      '--target',
      `sqlite:///${join(at, 'mlflow.db')}`,
    ];
    const { stdout, stderr } = await promisify(execFile)(python, args, { cwd: folder });
    assert.match(stdout + stderr, /Migration completed successfully/);
    assert.doesNotMatch(stdout + stderr, /WARNING|Failed to read/);
    const again = await startMlflow({ python, folder: at, args: ['--artifacts-destination', tree] });
    const client = createClient(createTransport(localSettings(again.address)));
    try {
      for (const path of folders) await assertOnServer(again.address, path);
      await assertNothingElse(again.address, 'exported', 2, 1);
      const { counts } = await syncFolders(
        client,
        findRuns('all', results, () => false),
        {
          restore: false,
        },
      );
      assert.equal(counts.same, 2);
    } finally {
      client.close();
      await again.stop();
    }
  });

  it('lets in whom it knows, and tells others apart', { timeout: 300_000 }, async () => {
    const results = join(folder, 'secured');
    copyRun(real, results, { seed: 1, experiment: 'secured' });
    const at = join(folder, 'auth');
    const env = {
      MLFLOW_AUTH_ADMIN_PASSWORD: 'correct horse battery',
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'for this test only',
    };
    const server = await startMlflow({ python, folder: at, args: ['--app-name', 'basic-auth'], env });
    const sync = async (variables: Readonly<Record<string, string>>) => {
      const settings = mlflowSettings({ MLFLOW_TRACKING_URI: server.address, ...variables }, folder)!;
      const client = createClient(createTransport(settings));
      try {
        await client.version();
        return await syncFolders(
          client,
          findRuns('all', results, () => false),
          {
            restore: false,
          },
        );
      } finally {
        client.close();
      }
    };
    const user = (name: string, password: string) => ({
      MLFLOW_TRACKING_USERNAME: name,
      MLFLOW_TRACKING_PASSWORD: password,
    });
    const admin = user('admin', 'correct horse battery');
    try {
      await assert.rejects(sync({}), /asks who we are \(401\); set MLFLOW_TRACKING_USERNAME/);
      await assert.rejects(sync(user('admin', 'wrong')), /does not accept the user and password/);
      assert.equal((await sync(admin)).counts.new, 1);
      const authorization = `Basic ${Buffer.from('admin:correct horse battery').toString('base64')}`;
      const made = await fetch(`${server.address}/api/2.0/mlflow/users/create`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'reader', password: 'another long password' }),
      });
      assert.ok(made.ok, await made.text());
      copyRun(real, results, { seed: 2, experiment: 'secured' });
      await assert.rejects(
        sync(user('reader', 'another long password')),
        /does not permit us to .* \(403\).*; ask who runs the server for the permission EDIT/,
      );
      assert.equal((await sync(admin)).counts.new, 1);
    } finally {
      await server.stop();
    }
  });

  it('says with our words that it does not expect the name it is called by', {
    timeout: 300_000,
  }, async () => {
    const server = await startMlflow({
      python,
      folder: join(folder, 'hosts'),
      args: ['--allowed-hosts', 'tracking.example'],
    });
    try {
      const client = createClient(createTransport(localSettings(server.address)));
      await assert.rejects(
        client.experiment('x'),
        /does not expect to be called 127\.0\.0\.1:\d+ .*--allowed-hosts/,
      );
    } finally {
      await server.stop();
    }
  });

  it('says with our words that its disk is full', { timeout: 300_000 }, async () => {
    const at = join(folder, 'full');
    const first = await startMlflow({ python, folder: at });
    await first.stop();
    // SQLite's own way to be full: no page more than there are.
    const pages = `import sqlite3; c = sqlite3.connect(${JSON.stringify(join(at, 'mlflow.db'))}); print(c.execute('pragma page_count').fetchone()[0])`;
    const count = Number(execFileSync(python, ['-c', pages], { encoding: 'utf8' }));
    const limit = join(folder, 'sitecustomize.py');
    writeFileSync(
      limit,
      `import sqlite3\nreal = sqlite3.connect\ndef connect(*a, **k):\n    c = real(*a, **k)\n    c.execute('pragma max_page_count=${count + 4}')\n    return c\nsqlite3.connect = sqlite3.dbapi2.connect = connect\n`,
    );
    const server = await startMlflow({ python, folder: at, env: { PYTHONPATH: folder } });
    const results = join(folder, 'full-results');
    const path = copyRun(real, results, { seed: 1, experiment: 'full', steps: 2000 });
    const sync = async (address: string, retries: number) => {
      const client = createClient(createTransport({ ...localSettings(address), retries }));
      return syncFolders(
        client,
        findRuns('all', results, () => false),
        {
          restore: false,
        },
      ).finally(client.close);
    };
    try {
      await assert.rejects(
        sync(server.address, 1),
        /has no space left on its disk .*; free some there, then run `sessionlab mlflow sync` again/,
      );
    } finally {
      await server.stop();
    }
    // With space again, the same call goes on.
    const again = await startMlflow({ python, folder: at });
    try {
      await sync(again.address, 7);
      await assertOnServer(again.address, path);
      await assertNothingElse(again.address, 'full', 1, 1);
    } finally {
      await again.stop();
    }
    assert.match(readFileSync(join(at, 'server.log'), 'utf8'), /full/);
  });
});
