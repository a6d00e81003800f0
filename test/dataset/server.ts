/** A file server with the faults of real ones, for the tests of downloads. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { after } from 'node:test';

/** How the server behaves; changed between requests. */
export interface Behaviour {
  bytes: Uint8Array;
  etag: string | null;
  lastModified: string | null;
  /** Honours Range (and If-Range). */
  ranges: boolean;
  /** Says the length of what it sends. */
  length: boolean;
  /** Cuts the connection after so many bytes of each body. */
  cutAfter: number | null;
  /** Sends nothing any more after so many bytes, with the connection open. */
  stallAfter: number | null;
  status: number;
  type: string;
  /** Where to redirect to, from paths that begin with /r. */
  redirect: string | null;
}

export interface FileServer extends Behaviour {
  readonly url: string;
  readonly origin: string;
  /** The requests so far. */
  readonly requests: IncomingMessage[];
}

const DEFAULTS: Behaviour = {
  bytes: new Uint8Array(0),
  etag: '"1"',
  lastModified: null,
  ranges: true,
  length: true,
  cutAfter: null,
  stallAfter: null,
  status: 200,
  type: 'application/octet-stream',
  redirect: null,
};

/** Starts a server on 127.0.0.1 that ends with the tests of the file. */
export async function fileServer(
  behaviour: Partial<Behaviour>,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<FileServer> {
  const requests: IncomingMessage[] = [];
  const state: Behaviour = { ...DEFAULTS, ...behaviour };
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    if (state.redirect !== null && request.url!.startsWith('/r'))
      return void response.writeHead(302, { location: state.redirect }).end();
    if (state.status !== 200)
      return void response.writeHead(state.status, { 'content-type': 'text/plain' }).end('no');
    const headers: Record<string, string> = { 'content-type': state.type };
    if (state.etag !== null) headers.etag = state.etag;
    if (state.lastModified !== null) headers['last-modified'] = state.lastModified;
    const total = state.bytes.length;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const condition = request.headers['if-range'];
    const same = condition === undefined || condition === state.etag || condition === state.lastModified;
    let from = 0;
    let status = 200;
    if (state.ranges && range !== null && same) {
      from = Number(range[1]);
      if (from >= total) return void response.writeHead(416, { 'content-range': `bytes */${total}` }).end();
      status = 206;
      headers['content-range'] = `bytes ${from}-${total - 1}/${total}`;
    }
    const body = state.bytes.subarray(from);
    if (state.length) headers['content-length'] = String(body.length);
    response.writeHead(status, headers);
    const most = state.cutAfter ?? state.stallAfter;
    if (most === null || most >= body.length) return void response.end(body);
    const stalls = state.stallAfter !== null;
    response.write(body.subarray(0, most), () => {
      // What was written has to arrive and be on the disk before the connection is reset: what is on its way then is lost.
      if (!stalls) setTimeout(() => request.socket.destroy(), 150);
    });
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  const port = await listen(server);
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return Object.assign(state, { url: `${origin}/f/data.bin`, origin, requests });
}

export interface Proxy {
  readonly url: string;
  /** What it was asked for: `GET http://…` or `CONNECT host:port`. */
  readonly asked: string[];
  /** What it demands as Proxy-Authorization. */
  demand: string | null;
}

/** A forward proxy: absolute URLs for HTTP, CONNECT for HTTPS. Whatever the name of a server, it is on this machine. */
export async function forwardProxy(): Promise<Proxy> {
  const proxy = { url: '', asked: [] as string[], demand: null as string | null };
  const refuses = (request: IncomingMessage) =>
    proxy.demand !== null && request.headers['proxy-authorization'] !== proxy.demand;
  const server = createServer((request, response) => {
    proxy.asked.push(`${request.method} ${request.url}`);
    if (refuses(request)) return void response.writeHead(407).end();
    const url = new URL(request.url!);
    const upstream = connect(Number(url.port), '127.0.0.1', () => {
      const { 'proxy-authorization': _, ...headers } = request.headers;
      const lines = Object.entries({ ...headers, connection: 'close' }).map(
        ([name, value]) => `${name}: ${value}`,
      );
      upstream.write(
        `${request.method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
      );
      request.pipe(upstream, { end: false });
      upstream.pipe(request.socket);
    });
    upstream.on('error', () => request.socket.destroy());
    request.socket.on('error', () => upstream.destroy());
  });
  server.on('connect', (request, socket, head) => {
    proxy.asked.push(`CONNECT ${request.url}`);
    if (refuses(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const upstream = connect(Number(request.url!.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  proxy.url = `http://127.0.0.1:${await listen(server)}`;
  return proxy;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
