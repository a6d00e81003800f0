import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type DownloadOptions, download } from '../../src/dataset/index.ts';
import { ownIdentity } from '../../src/disk/process-identity.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { temporaryFolder } from '../run/sample.ts';
import { fileServer, forwardProxy } from './server.ts';

const root = temporaryFolder();
let tests = 0;
const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 24);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const other = Uint8Array.from(bytes, (byte) => byte ^ 1);

/** A new folder, and what was told. */
function scene() {
  const folder = join(root, String(tests++));
  const path = join(folder, 'data.bin');
  const notes: string[] = [];
  const options: DownloadOptions = { env: {}, wait: 1, note: (text) => notes.push(text) };
  return { folder, path, notes, options, names: () => readdirSync(folder).sort() };
}

async function faultOf(promise: Promise<unknown>): Promise<FaultError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FaultError, String(error));
  return error;
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('a download', () => {
  it('has its name when it is whole, and nothing else beside it', async () => {
    const server = await fileServer({ bytes });
    const { path, options, names } = scene();
    const seen: [number, number | null][] = [];
    const done = await download(
      { url: server.url, path, bytes: bytes.length, sha256 },
      { ...options, progress: (n, total) => seen.push([n, total]) },
    );
    assert.deepEqual(done, { bytes: bytes.length, sha256, resumed: 0 });
    assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
    assert.deepEqual(names(), ['data.bin']);
    assert.deepEqual(seen[0], [0, bytes.length]);
    assert.deepEqual(seen.at(-1), [bytes.length, bytes.length]);
  });

  it('stops at the size that it must have when a server sends on and on', async () => {
    const endless = await fileServer({ bytes: new Uint8Array(50_000_000), length: false });
    const { path, options, names } = scene();
    let most = 0;
    const progress = (n: number) => {
      most = Math.max(most, n);
    };
    const wanted = { url: endless.url, path, bytes: 1000, sha256: null };
    const { message, exitCode } = await faultOf(download(wanted, { ...options, progress }));
    assert.match(message, /the server sends more than the 1000 bytes that it must have/);
    assert.equal(exitCode, ExitCode.data);
    assert.ok(most <= 1000, String(most));
    assert.deepEqual(names(), []);
    const rough = { ...wanted, bytes: null, about: 1000 };
    assert.match((await faultOf(download(rough, options))).message, /more than twice the 1000 bytes/);
    assert.deepEqual(names(), []);
  });

  it('needs neither length nor tag', async () => {
    const server = await fileServer({ bytes, length: false, etag: null });
    const { path, options } = scene();
    const done = await download({ url: server.url, path, bytes: null, sha256: null }, options);
    assert.equal(done.sha256, sha256);
  });

  it('of an empty file is an empty file', async () => {
    const server = await fileServer({});
    const { path, options } = scene();
    const { bytes: size } = await download({ url: server.url, path, bytes: 0, sha256: null }, options);
    assert.equal(size, 0);
    assert.equal(readFileSync(path).length, 0);
  });
});

describe('a connection that breaks off', () => {
  it('is taken up where it broke, as often as it takes', async () => {
    const server = await fileServer({ bytes, cutAfter: 70_000 });
    const { path, options, notes, names } = scene();
    const done = await download({ url: server.url, path, bytes: bytes.length, sha256 }, options);
    assert.equal(done.sha256, sha256);
    assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
    assert.deepEqual(names(), ['data.bin']);
    assert.equal(notes.length, 4);
    assert.ok(notes.every((note) => note.endsWith('; trying again')));
    assert.deepEqual(
      server.requests.map(({ headers }) => [headers.range, headers['if-range']]),
      [0, 1, 2, 3, 4].map((n) => (n === 0 ? [undefined, undefined] : [`bytes=${n * 70_000}-`, '"1"'])),
    );
  });

  it('keeps what arrived for the next call, when it does not get better', async () => {
    const server = await fileServer({ bytes, cutAfter: 100_000 });
    const { path, options, folder } = scene();
    // Nothing more comes after the first piece.
    const stop = new Promise<void>((done) => {
      const wait = setInterval(() => {
        if (server.requests.length < 2) return;
        server.status = 503;
        clearInterval(wait);
        done();
      }, 1);
    });
    const fault = await faultOf(
      download({ url: server.url, path, bytes: bytes.length, sha256 }, { ...options, tries: 2 }),
    );
    await stop;
    assert.equal(fault.exitCode, ExitCode.machine);
    assert.match(fault.message, /the server answers 503 .*bytes are kept and the next try goes on there/);
    assert.ok(!existsSync(path));
    const kept = readFileSync(join(folder, '.data.bin.partial')).length;
    assert.ok(kept >= 100_000);

    Object.assign(server, { status: 200, cutAfter: null });
    const done = await download({ url: server.url, path, bytes: bytes.length, sha256 }, options);
    assert.equal(done.resumed, kept);
    assert.equal(server.requests.at(-1)!.headers.range, `bytes=${kept}-`);
    assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
  });

  it('and says nothing any more counts as broken', async () => {
    const server = await fileServer({ bytes, stallAfter: 100_000 });
    const { path, options } = scene();
    const fault = await faultOf(
      download({ url: server.url, path, bytes: null, sha256: null }, { ...options, stall: 100, tries: 1 }),
    );
    assert.match(fault.message, /no byte for 0\.1 s; 100000 bytes are kept/);
  });

  it('is stopped at once when somebody asks for it, and keeps what arrived', async () => {
    const server = await fileServer({ bytes, stallAfter: 100_000 });
    const { path, options, folder } = scene();
    const controller = new AbortController();
    const promise = download(
      { url: server.url, path, bytes: null, sha256: null },
      {
        ...options,
        signal: controller.signal,
        progress: (n) => {
          if (n === 100_000) controller.abort();
        },
      },
    );
    await assert.rejects(promise, { name: 'AbortError' });
    assert.equal(readFileSync(join(folder, '.data.bin.partial')).length, 100_000);
    assert.ok(!existsSync(join(folder, '.data.bin.partial.lock')));
  });

  it('is told in words where the server is not there at all', async () => {
    const { path, options } = scene();
    const fault = await faultOf(
      download(
        { url: 'http://127.0.0.1:9/x.bin', path, bytes: null, sha256: null },
        { ...options, tries: 2 },
      ),
    );
    assert.equal(fault.exitCode, ExitCode.machine);
    assert.match(
      fault.message,
      /^http:\/\/127\.0\.0\.1:9\/x\.bin: nobody answers there \(connection refused\); check the network/,
    );
  });
});

describe('a file that changes while it is fetched', () => {
  it('is fetched anew: parts of two versions are never put together', async () => {
    for (const marks of [{ etag: '"1"' }, { etag: null, lastModified: 'Mon, 05 Mar 2018 09:00:00 GMT' }]) {
      const server = await fileServer({ bytes, cutAfter: 100_000, ...marks });
      const { path, options, folder } = scene();
      await faultOf(download({ url: server.url, path, bytes: null, sha256: null }, { ...options, tries: 0 }));
      assert.equal(readFileSync(join(folder, '.data.bin.partial')).length, 100_000);
      Object.assign(server, { bytes: other, cutAfter: null });
      if (server.etag === null) server.lastModified = 'Tue, 06 Mar 2018 09:00:00 GMT';
      else server.etag = '"2"';
      const done = await download({ url: server.url, path, bytes: null, sha256: null }, options);
      assert.equal(done.bytes, other.length);
      assert.deepEqual(new Uint8Array(readFileSync(path)), other);
    }
  });

  it('is not resumed where neither server nor manifest can tell the versions apart', async () => {
    const server = await fileServer({ bytes, cutAfter: 100_000, etag: 'W/"weak"' });
    const { path, options } = scene();
    await faultOf(download({ url: server.url, path, bytes: null, sha256: null }, { ...options, tries: 0 }));
    server.cutAfter = null;
    await download({ url: server.url, path, bytes: null, sha256: null }, options);
    assert.equal(server.requests.at(-1)!.headers.range, undefined);
  });

  it('is fetched anew from a server that knows no ranges', async () => {
    const server = await fileServer({ bytes, cutAfter: 100_000, ranges: false });
    const { path, options } = scene();
    await faultOf(download({ url: server.url, path, bytes: null, sha256 }, { ...options, tries: 0 }));
    server.cutAfter = null;
    const done = await download({ url: server.url, path, bytes: bytes.length, sha256 }, options);
    assert.equal(done.resumed, 0);
    assert.equal(server.requests.at(-1)!.headers.range, 'bytes=100000-');
    assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
  });

  it('is complete where all of it had arrived before the name could be given', async () => {
    const server = await fileServer({ bytes });
    const { path, options, folder } = scene();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '.data.bin.partial'), bytes);
    const origin = { url: server.url, etag: '"1"', lastModified: null };
    writeFileSync(join(folder, '.data.bin.partial.json'), JSON.stringify(origin));
    const done = await download({ url: server.url, path, bytes: null, sha256 }, options);
    assert.deepEqual(done, { bytes: bytes.length, sha256, resumed: bytes.length });
  });
});

describe('a file that is not what was wanted', () => {
  it('never gets its name: wrong hash', async () => {
    const server = await fileServer({ bytes: other });
    const { path, options, names } = scene();
    const fault = await faultOf(download({ url: server.url, path, bytes: null, sha256 }, options));
    assert.equal(fault.exitCode, ExitCode.data);
    assert.match(
      fault.message,
      /got SHA-256 [0-9a-f]{64}, must be [0-9a-f]{64}; what arrived is kept as data\.bin\.rejected/,
    );
    assert.deepEqual(names(), ['data.bin.rejected']);
  });

  it('never gets its name: wrong size, seen before it is fetched', async () => {
    const server = await fileServer({ bytes });
    const { path, options, names } = scene();
    const fault = await faultOf(download({ url: server.url, path, bytes: 5, sha256: null }, options));
    assert.match(
      fault.message,
      /the server has 300000 bytes, must be 5; the file has changed where it comes from/,
    );
    assert.deepEqual(names(), []);
  });

  it('never gets its name: too short, seen only in the end', async () => {
    const server = await fileServer({ bytes, length: false });
    const { path, options, names } = scene();
    const fault = await faultOf(download({ url: server.url, path, bytes: 300_001, sha256: null }, options));
    assert.match(fault.message, /got 300000 bytes, must have 300001/);
    assert.deepEqual(names(), ['data.bin.rejected']);
  });

  it('never gets its name: a web page that asks for a login', async () => {
    const server = await fileServer({ bytes, type: 'text/html; charset=utf-8' });
    const { path, options } = scene();
    const fault = await faultOf(download({ url: server.url, path, bytes: null, sha256: null }, options));
    assert.match(fault.message, /a web page came, must be data\.bin; open the address in a browser/);
    assert.equal(fault.exitCode, ExitCode.data);
  });

  it('is told with what the server says', async () => {
    const { path, options } = scene();
    for (const [status, cure] of [
      [404, 'the file may have moved'],
      [403, 'it may ask for a registration'],
    ] as const) {
      const server = await fileServer({ bytes, status });
      const fault = await faultOf(download({ url: server.url, path, bytes: null, sha256: null }, options));
      assert.match(fault.message, new RegExp(`answers ${status} .*${cure}`));
      assert.equal(server.requests.length, 1, 'is asked once');
    }
  });
});

describe('redirects', () => {
  it('are followed', async () => {
    const server = await fileServer({ bytes });
    server.redirect = server.url;
    const { path, options } = scene();
    const done = await download({ url: `${server.origin}/r/data.bin`, path, bytes: null, sha256 }, options);
    assert.equal(done.sha256, sha256);
  });

  it('end', async () => {
    const server = await fileServer({ bytes, redirect: '/r/again' });
    const { path, options } = scene();
    const fault = await faultOf(
      download({ url: `${server.origin}/r`, path, bytes: null, sha256 }, { ...options, tries: 1 }),
    );
    assert.match(fault.message, /more than 10 redirects/);
    server.redirect = 'file:///etc/passwd';
    const local = await faultOf(
      download({ url: `${server.origin}/r`, path, bytes: null, sha256 }, { ...options, tries: 1 }),
    );
    assert.match(local.message, /redirected to file:, which is not HTTP/);
  });
});

describe('two downloads of one file', () => {
  it('do not write over each other', async () => {
    const server = await fileServer({ bytes, stallAfter: 1000 });
    const { path, options } = scene();
    const first = faultOf(
      download({ url: server.url, path, bytes: null, sha256 }, { ...options, stall: 400, tries: 1 }),
    );
    while (server.requests.length === 0) await new Promise((done) => setTimeout(done, 5));
    const second = await faultOf(download({ url: server.url, path, bytes: null, sha256 }, options));
    assert.match(
      second.message,
      new RegExp(`process ${process.pid} on .* is downloading the same file; wait for it`),
    );
    await first;
  });

  it('do not wait for one that is dead', async () => {
    const server = await fileServer({ bytes });
    const { path, options, folder } = scene();
    mkdirSync(folder, { recursive: true });
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const owner = { ...ownIdentity(), pid: dead, start: '', nonce: 'f00', since: '' };
    writeFileSync(join(folder, '.data.bin.partial.lock'), `${JSON.stringify(owner)}\n`);
    await download({ url: server.url, path, bytes: null, sha256 }, options);
    assert.ok(existsSync(path));
    assert.deepEqual(readdirSync(folder), ['data.bin']);
  });
});

describe('a proxy', () => {
  it('is asked for the whole address over HTTP', async () => {
    const [server, proxy] = [await fileServer({ bytes }), await forwardProxy()];
    const { path, options } = scene();
    const env = { http_proxy: proxy.url };
    await download({ url: server.url, path, bytes: null, sha256 }, { ...options, env });
    assert.deepEqual(proxy.asked, [`GET ${server.url}`]);
    assert.equal(server.requests.length, 1);
  });

  it('resumes like any connection', async () => {
    const [server, proxy] = [await fileServer({ bytes, cutAfter: 120_000 }), await forwardProxy()];
    const { path, options } = scene();
    const env = { http_proxy: proxy.url };
    await download({ url: server.url, path, bytes: null, sha256 }, { ...options, env });
    assert.equal(proxy.asked.length, 3);
    assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
  });

  it('is passed by where no_proxy says so', async () => {
    const [server, proxy] = [await fileServer({ bytes }), await forwardProxy()];
    const { path, options } = scene();
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: 'example.com, 127.0.0.1' };
    await download({ url: server.url, path, bytes: null, sha256 }, { ...options, env });
    assert.deepEqual(proxy.asked, []);
  });

  it('gets user and password, and they are told nobody else', async () => {
    const [server, proxy] = [await fileServer({ bytes }), await forwardProxy()];
    proxy.demand = `Basic ${Buffer.from('ann:s:cret@').toString('base64')}`;
    const { path, options } = scene();
    const named = proxy.url.replace('//', '//ann:s%3Acret%40@');
    await download({ url: server.url, path, bytes: null, sha256 }, { ...options, env: { all_proxy: named } });
    assert.equal(server.requests[0]!.headers['proxy-authorization'], undefined);
    const { path: second } = scene();
    const fault = await faultOf(
      download(
        { url: server.url, path: second, bytes: null, sha256 },
        { ...options, env: { all_proxy: proxy.url } },
      ),
    );
    assert.match(fault.message, /answers 407 .*http:\/\/user:password@host:port/);
    assert.equal(fault.exitCode, ExitCode.machine);
  });

  it('that is none is told as the variable', async () => {
    const { path, options } = scene();
    const fault = await faultOf(
      download(
        { url: 'http://127.0.0.1:9/x', path, bytes: null, sha256 },
        { ...options, env: { HTTP_PROXY: 'socks5://u:p@h:1' } },
      ),
    );
    assert.match(fault.message, /^HTTP_PROXY: got "socks5:\/\/…@h:1", must be the URL of an HTTP proxy/);
    assert.equal(fault.exitCode, ExitCode.usage);
  });

  it('opens a tunnel for HTTPS, whose certificates are checked as ever', {
    skip: !hasOpenssl && 'openssl is not installed',
  }, async () => {
    const { path, options, folder } = scene();
    mkdirSync(folder, { recursive: true });
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      `req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    );
    const pem = { key: readFileSync(key), cert: readFileSync(cert) };
    const [server, proxy] = [await fileServer({ bytes, cutAfter: 200_000 }, pem), await forwardProxy()];
    const env = { https_proxy: proxy.url };
    const trusting = { ...options, env, tls: { ca: pem.cert } };
    const done = await download({ url: server.url, path, bytes: bytes.length, sha256 }, trusting);
    assert.equal(done.sha256, sha256);
    assert.deepEqual(proxy.asked, Array(2).fill(`CONNECT ${new URL(server.url).host}`));

    const strange = await faultOf(
      download({ url: server.url, path: `${path}2`, bytes: null, sha256 }, { ...options, env, tries: 1 }),
    );
    assert.match(strange.message, /certificate/);

    proxy.demand = 'Basic x';
    const refused = await faultOf(
      download({ url: server.url, path: `${path}3`, bytes: null, sha256 }, trusting),
    );
    assert.match(refused.message, /the proxy 127\.0\.0\.1:\d+ answers 407/);

    server.redirect = 'http://127.0.0.1:9/';
    const downgraded = await faultOf(
      download(
        { url: `${server.origin}/r`, path: `${path}4`, bytes: null, sha256 },
        { ...options, tls: { ca: pem.cert }, tries: 1 },
      ),
    );
    assert.match(downgraded.message, /redirected from HTTPS to HTTP/);
  });
});
