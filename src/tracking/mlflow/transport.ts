/** Requests to an MLflow server, each sent again after a pause where a second try cannot do harm and may do better. */
import type { Readable } from 'node:stream';
import { createHttpClient, isPassing, pauseAfter, RequestError, retryAfter, wait } from '../../http/index.ts';
import { connectionFault, MlflowUnreachable, refusalOf } from './refusal.ts';
import type { MlflowSettings } from './settings.ts';

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
 * @param env where proxies are named; a server on this machine is reached without
 */
export function createTransport(
  settings: MlflowSettings,
  signal?: AbortSignal,
  env: NodeJS.ProcessEnv = isOnThisMachine(settings.address) ? {} : process.env,
): Transport {
  const { authorities, certificate, insecure, timeout } = settings;
  const http = createHttpClient({
    env,
    timeout,
    tls: {
      rejectUnauthorized: !insecure,
      ...(authorities === null ? {} : { ca: authorities }),
      ...(certificate === null ? {} : { cert: certificate, key: certificate }),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const url = new URL(settings.address);

  const once = async ({ method, path, json, upload }: Request) => {
    const body = json ?? upload?.open();
    const { status, headers, chunks } = await http.send({
      method,
      url,
      path: (url.pathname === '/' ? '' : url.pathname) + path,
      headers: {
        accept: 'application/json',
        ...(settings.authorization === null ? {} : { authorization: settings.authorization }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(upload === undefined
          ? {}
          : { 'content-type': 'application/octet-stream', 'content-length': String(upload.size) }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const pieces: Buffer[] = [];
    for await (const piece of chunks()) pieces.push(piece);
    return { status, headers, body: Buffer.concat(pieces) };
  };

  return {
    settings,
    async send(request) {
      for (let tries = 1; ; tries++) {
        const last = request.repeatable === false || tries > settings.retries;
        let wanted = 0;
        try {
          const { status, headers, body } = await once(request);
          if (status >= 200 && status < 300) return { status, body };
          if (last || !isPassing(status))
            throw refusalOf(settings, request.what, status, String(headers.location ?? ''), body.toString());
          wanted = retryAfter(headers['retry-after']);
        } catch (error) {
          if (signal?.aborted === true)
            throw new MlflowUnreachable(
              settings.address,
              `was not waited for any longer (${request.what})`,
              'run `sessionlab mlflow sync` later',
            );
          if (!(error instanceof RequestError)) throw error;
          if (last || !error.passing) throw connectionFault(settings.address, error);
        }
        await wait(pauseAfter(tries, PAUSE, LONGEST, wanted), signal);
      }
    },
    close: http.close,
  };
}

const isOnThisMachine = (address: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
