/**
 * Requests over HTTP, each sent again after a pause where a second try cannot do harm and may do better.
 *
 * On Node's own http and https rather than on fetch: a certificate authority of the user's own can be given for one
 * connection there, and a path is sent as it is written.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { FaultError } from '../fault/index.ts';
import type { MlflowSettings } from '../tracking/index.ts';
import { connectionFault, isPassing, MlflowUnreachable, refusalOf } from '../tracking/index.ts';

/** Bytes to upload; a stream is opened anew for every try. */
export interface Upload {
  readonly size: number;
  readonly open: () => Readable | Uint8Array;
}

export interface Request {
  /** As in "refused to …". */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the address on, `?` and percent signs included. */
  readonly path: string;
  readonly json?: string;
  readonly upload?: Upload;
  /** false for what must not be done twice: it fails at the first trouble. */
  readonly repeatable?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

export interface Transport {
  readonly settings: MlflowSettings;
  /** @throws MlflowRefusal, MlflowUnreachable or another FaultError when there is no success in the end */
  send(request: Request): Promise<Reply>;
  /** Ends idle connections. */
  close(): void;
}

/** Milliseconds: the first pause, and the longest. */
const PAUSE = 200;
const LONGEST = 15_000;

/**
 * A way to a server.
 *
 * @param signal gives everything up that is under way
 */
export function createTransport(settings: MlflowSettings, signal?: AbortSignal): Transport {
  const secure = settings.address.startsWith('https:');
  const agent = secure
    ? new HttpsAgent({
        keepAlive: true,
        rejectUnauthorized: !settings.insecure,
        ...(settings.authorities === null ? {} : { ca: settings.authorities }),
        ...(settings.certificate === null ? {} : { cert: settings.certificate, key: settings.certificate }),
      })
    : new HttpAgent({ keepAlive: true });

  const once = (request: Request): Promise<Reply & { readonly message: IncomingMessage }> =>
    new Promise((resolve, reject) => {
      const { method, path, json, upload } = request;
      const url = new URL(settings.address);
      const headers: Record<string, string | number> = {
        accept: 'application/json',
        'user-agent': 'sessionlab',
      };
      if (settings.authorization !== null) headers.authorization = settings.authorization;
      if (json !== undefined) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = Buffer.byteLength(json);
      } else if (upload !== undefined) {
        headers['content-type'] = 'application/octet-stream';
        headers['content-length'] = upload.size;
      } else if (method !== 'GET') headers['content-length'] = 0;
      const outgoing = (secure ? httpsRequest : httpRequest)({
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: (url.pathname === '/' ? '' : url.pathname) + path,
        method,
        headers,
        agent,
        timeout: settings.timeout,
        ...(signal === undefined ? {} : { signal }),
      });
      let source: Readable | undefined;
      const fail = (error: Error) => {
        source?.destroy();
        reject(error);
      };
      outgoing.on('error', fail);
      outgoing.on('timeout', () =>
        outgoing.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      );
      outgoing.on('response', (message) => {
        const chunks: Buffer[] = [];
        message.on('data', (chunk: Buffer) => chunks.push(chunk));
        message.on('error', fail);
        message.on('end', () => {
          // A server may refuse before it has read everything.
          if (source !== undefined && !source.readableEnded) outgoing.destroy();
          source?.destroy();
          resolve({ status: message.statusCode ?? 0, body: Buffer.concat(chunks), message });
        });
      });
      const content = upload?.open();
      if (content === undefined || content instanceof Uint8Array) outgoing.end(content ?? json);
      else {
        source = content;
        content.on('error', (error) => outgoing.destroy(error));
        content.pipe(outgoing);
      }
    });

  return {
    settings,
    async send(request) {
      for (let attempt = 0; ; attempt++) {
        const last = request.repeatable === false || attempt >= settings.retries;
        let pause = Math.min(LONGEST, PAUSE * 2 ** attempt);
        try {
          const { status, body, message } = await once(request);
          if (status >= 200 && status < 300) return { status, body };
          if (last || !isPassing(status))
            throw refusalOf(settings, request.what, status, message.headers.location ?? '', body.toString());
          const wanted = Number(message.headers['retry-after']);
          if (wanted > 0) pause = Math.min(60_000, Math.max(pause, 1000 * wanted));
        } catch (error) {
          if (signal?.aborted === true)
            throw new MlflowUnreachable(
              settings.address,
              `was not waited for any longer (${request.what})`,
              'run `sessionlab mlflow sync` later',
            );
          if (!isConnectionError(error)) throw error;
          const { fault, passing } = connectionFault(settings.address, error);
          if (last || !passing) throw fault;
        }
        await wait(pause, signal);
      }
    },
    close: () => agent.destroy(),
  };
}

/** Errors of the system, of TLS and of the parser of HTTP have codes; a file that cannot be read is another matter. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof FaultError) return false;
  return 'code' in error && typeof error.code === 'string' && !('path' in error);
}

/** Waits, at most until the signal. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
}
