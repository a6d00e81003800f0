import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, it } from 'node:test';
import { createClient, createTransport, localSettings } from '../../src/tracking/index.ts';
import { forwardProxy } from '../dataset/server.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A server that says what a real one would only say in trouble. */
async function serving(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(request, response, Buffer.concat(chunks)));
    request.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => server.close().closeAllConnections());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`;
}

const client = (address: string, changes: object = {}) =>
  createClient(createTransport({ ...localSettings(address), retries: 2, ...changes }));
const answer = (status: number, body: string, headers = {}) =>
  serving((_, response) => void response.writeHead(status, headers).end(body));

describe('a server that is in trouble', () => {
  it('is asked again after 503, 429 and a cut connection, with the same words', async () => {
    const bodies: string[] = [];
    const troubles = [
      (r: ServerResponse) => void r.writeHead(503).end('busy'),
      (r: ServerResponse) => void r.writeHead(429, { 'retry-after': '0' }).end(),
      (r: ServerResponse) => void r.socket?.destroy(),
      (r: ServerResponse) => void r.writeHead(200).end('{}'),
    ];
    const address = await serving((_, response, body) =>
      troubles[bodies.push(body.toString()) - 1]!(response),
    );
    await client(address, { retries: 3 }).setTag('run', 'a', 'b');
    assert.deepEqual(bodies, Array(4).fill('{"run_id":"run","key":"a","value":"b"}'));
  });

  it('is not asked again after a refusal', async () => {
    let asked = 0;
    const address = await serving((_, response) => {
      asked++;
      response.writeHead(400).end('{"error_code":"INVALID_PARAMETER_VALUE","message":"no such thing"}');
    });
    await assert.rejects(
      client(address).setTag('run', 'a', 'b'),
      /refused to set a tag \(400 INVALID_PARAMETER_VALUE\): no such thing/,
    );
    assert.equal(asked, 1);
  });

  it('is never asked twice to make a run', async () => {
    let asked = 0;
    const address = await serving((_, response) => {
      asked++;
      response.writeHead(503).end();
    });
    const run = { experiment_id: '1', run_name: 'x', start_time: 1 };
    await assert.rejects(client(address).createRun(run), /failed \(503, make a run\)/);
    assert.equal(asked, 1);
  });

  it('gets an upload once more from its beginning', async () => {
    const sizes: number[] = [];
    const address = await serving(
      (_, response, body) => void response.writeHead(sizes.push(body.length) < 2 ? 500 : 200).end('{}'),
    );
    const bytes = Buffer.alloc(300_000, 7);
    await client(address).upload('mlflow-artifacts:/1/r/artifacts', 'a/b.bin', {
      size: bytes.length,
      open: () => bytes,
    });
    assert.deepEqual(sizes, [300_000, 300_000]);
  });

  it('is given up when it stays silent', async () => {
    const address = await serving(() => {});
    await assert.rejects(
      client(address, { timeout: 100, retries: 1 }).setTag('run', 'a', 'b'),
      /there is no answer/,
    );
  });
});

describe('advice', () => {
  const cases: readonly [string, () => Promise<string>, RegExp, object?][] = [
    [
      'for a web page that is no MLflow',
      () => answer(200, '<html><title>Router</title></html>'),
      /answers, but is no MLflow server: .*Router.*; is the address in MLFLOW_TRACKING_URI right/,
    ],
    [
      'for a server without the page',
      () => answer(404, '<h1>Not Found</h1>'),
      /has no such page: it is no MLflow server, or an older one .*MLflow 3.0 or later is needed/,
    ],
    [
      'for an MLflow that is too old',
      () => answer(200, '2.22.1'),
      /is MLflow 2.22.1, but 3.0 or later is needed/,
    ],
    [
      'for one that asks who we are',
      () => answer(401, 'You are not authenticated'),
      /asks who we are \(401\); set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN/,
    ],
    [
      'for one that does not know us',
      () => answer(401, 'no'),
      /does not accept the user and password.*are they right/,
      { authorization: 'Basic x' },
    ],
    [
      'for the check of the host',
      () => answer(403, 'Invalid Host header - possible DNS rebinding attack detected'),
      /403, its check of the Host header.*mlflow server --allowed-hosts 127.0.0.1:\d+/,
    ],
    [
      'for a missing permission',
      () => answer(403, 'Permission denied'),
      /does not permit us to tell its version \(403\): Permission denied; ask who runs the server for the permission EDIT/,
    ],
    [
      'for a page to log in',
      () => answer(302, '', { location: 'https://sso.example/login' }),
      /sends us on to https:\/\/sso.example\/login \(302\).*MLFLOW_TRACKING_TOKEN/,
    ],
    [
      'for a full disk',
      () =>
        answer(
          500,
          '{"error_code":"INTERNAL_ERROR","message":"(sqlite3.OperationalError) database or disk is full"}',
        ),
      /has no space left on its disk.*sessionlab mlflow sync/,
      { retries: 0 },
    ],
    [
      'for too large a file',
      () => answer(413, '<h1>413</h1>'),
      /does not take a file as large.*client_max_body_size/,
    ],
    [
      'for nobody there',
      async () => 'http://127.0.0.1:9',
      /nobody answers there \(connection refused\); is the server running\? `sessionlab mlflow ui` starts one/,
    ],
    [
      'for http that should be https',
      () => tcp(Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])),
      /does not speak HTTP; does the address begin with https/,
    ],
    [
      'for https that should be http',
      async () => (await answer(200, '3.1.0')).replace('http:', 'https:'),
      /does not speak TLS; does the address begin with http:/,
    ],
  ];
  for (const [name, address, message, changes] of cases) {
    it(name, async () => {
      await assert.rejects(client(await address(), { retries: 1, ...changes }).version(), (error) => {
        assert.match((error as Error).message, message);
        return true;
      });
    });
  }

  it('for artifacts that the server leaves to others', async () => {
    const upload = { size: 0, open: () => Buffer.alloc(0) };
    await assert.rejects(
      client('http://127.0.0.1:9').upload('s3://bucket/1/r/artifacts', 'a', upload),
      /keeps artifacts at s3:\/\/bucket.*--artifacts-destination/,
    );
  });
});

async function tcp(bytes: Buffer): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`;
}

const asked = (proxy: { readonly url: string }) => ({ http_proxy: proxy.url, https_proxy: proxy.url });

describe('a server behind a proxy', () => {
  it('is reached through it, uploads and all, and never told its password', async () => {
    const seen: [string, string, number][] = [];
    const address = await serving((request, response, body) => {
      assert.equal(request.headers['proxy-authorization'], undefined);
      seen.push([request.headers.host!, request.url!, body.length]);
      response.end('{}');
    });
    const proxy = await forwardProxy();
    proxy.demand = `Basic ${Buffer.from('ann:s:cret@').toString('base64')}`;
    const named = address.replace('127.0.0.1', 'mlflow.example');
    const { host } = new URL(named);
    const through = (url: string) =>
      createClient(
        createTransport({ ...localSettings(`${named}/ml`), retries: 0 }, undefined, asked({ url })),
      );
    const known = through(proxy.url.replace('//', '//ann:s%3Acret%40@'));
    await known.setTag('r', 'a', 'b');
    const bytes = Buffer.alloc(200_000, 1);
    const upload = {
      size: bytes.length,
      open: () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]),
    };
    await known.upload('mlflow-artifacts:/1/r/artifacts', 'a b', upload);
    known.close();
    assert.deepEqual(seen, [
      [host, '/ml/api/2.0/mlflow/runs/set-tag', 36],
      [host, '/ml/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b', 200_000],
    ]);
    assert.deepEqual(
      proxy.asked,
      seen.map(([, path], i) => `${i === 0 ? 'POST' : 'PUT'} ${named}${path}`),
    );
    await assert.rejects(
      through(proxy.url).setTag('r', 'a', 'b'),
      /the proxy 127\.0\.0\.1:\d+ answers 407 Proxy Authentication Required; name the proxy with user/,
    );
    const socks = through('socks5://ann:secret@127.0.0.1:9');
    await assert.rejects(socks.setTag('r', 'a', 'b'), (error) => {
      assert.match(
        String(error),
        /http_proxy: got "socks5:\/\/…@127.0.0.1:9", must be the URL of an HTTP proxy/,
      );
      return true;
    });
  });

  it('is reached without where it is on this machine, unless that is said', async () => {
    const proxy = await forwardProxy();
    const address = await answer(200, '3.1.0');
    const before = process.env.http_proxy;
    process.env.http_proxy = proxy.url;
    try {
      assert.equal(await client(address).version(), '3.1.0');
    } finally {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    }
    assert.deepEqual(proxy.asked, []);
  });

  it('that stays silent is given up', async () => {
    const server = createTcpServer(() => {});
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    for (const scheme of ['http', 'https']) {
      const settings = { ...localSettings(`${scheme}://mlflow.example`), retries: 0, timeout: 100 };
      const silent = createClient(createTransport(settings, undefined, asked({ url: `127.0.0.1:${port}` })));
      await assert.rejects(silent.version(), /there is no answer: no byte for 0.1 s/);
      silent.close();
    }
  });
});

describe('a server with a certificate of its own', {
  skip: !hasOpenssl && 'openssl is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-tls-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is talked to with its certificate, or without a check, and is refused with advice otherwise', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
    ];
    execFileSync(
      'openssl',
      [...args, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:mlflow.example'],
      {
        stdio: 'ignore',
      },
    );
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (_, response) => void response.end('3.17.2'),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closers.push(() => server.close().closeAllConnections());
    const listening = server.address();
    const address = `https://127.0.0.1:${typeof listening === 'object' ? listening!.port : 0}`;
    assert.equal(await client(address, { authorities: readFileSync(cert) }).version(), '3.17.2');
    assert.equal(await client(address, { insecure: true }).version(), '3.17.2');
    await assert.rejects(
      client(address).version(),
      /its certificate is signed by itself; set MLFLOW_TRACKING_SERVER_CERT_PATH to it, or MLFLOW_TRACKING_INSECURE_TLS=true/,
    );

    const proxy = await forwardProxy();
    const named = address.replace('127.0.0.1', 'mlflow.example');
    const through = (changes: object) =>
      createClient(
        createTransport({ ...localSettings(named), retries: 0, ...changes }, undefined, asked(proxy)),
      );
    assert.equal(await through({ authorities: readFileSync(cert) }).version(), '3.17.2');
    assert.equal(await through({ insecure: true }).version(), '3.17.2');
    await assert.rejects(through({}).version(), /its certificate is signed by itself/);
    assert.deepEqual(proxy.asked, Array(3).fill(`CONNECT ${new URL(named).host}`));
    proxy.demand = 'Basic x';
    await assert.rejects(through({ insecure: true }).version(), /the proxy 127.0.0.1:\d+ answers 407/);
  });
});
