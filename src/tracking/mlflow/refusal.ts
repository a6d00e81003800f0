/** What a server, or the way to it, refuses, as faults with a cure. */
import { ExitCode, FaultError } from '../../fault/index.ts';
import type { FailureKind, RequestError } from '../../http/index.ts';
import type { MlflowSettings } from './settings.ts';

/** The least version that has all that we use: logged models came with it. */
export const LEAST_VERSION = '3.0';

/** The server answered, and not with what was asked for. */
export class MlflowRefusal extends FaultError {
  readonly status: number;
  /** Of MLflow's errors, such as RESOURCE_DOES_NOT_EXIST; empty where another program answered. */
  readonly errorCode: string;
  /** MLflow's own words. */
  readonly words: string;

  constructor(place: string, status: number, code: string, words: string, problem: string, cure: string) {
    super({ place, problem, cure }, ExitCode.machine);
    this.name = 'MlflowRefusal';
    this.status = status;
    this.errorCode = code;
    this.words = words;
  }
}

/** There was no answer: another try may have one. */
export class MlflowUnreachable extends FaultError {
  constructor(place: string, problem: string, cure: string) {
    super({ place, problem, cure }, ExitCode.machine);
    this.name = 'MlflowUnreachable';
  }
}

/** A reply that is no success. */
export function refusalOf(
  settings: MlflowSettings,
  what: string,
  status: number,
  location: string,
  body: string,
): MlflowRefusal {
  const { code, words } = errorOf(body);
  const [problem, cure] = explain(settings, what, status, location, code, words, body);
  return new MlflowRefusal(settings.address, status, code, words, problem, cure);
}

function errorOf(body: string): { code: string; words: string } {
  try {
    const value = JSON.parse(body) as { error_code?: unknown; message?: unknown } | null;
    const code = typeof value?.error_code === 'string' ? value.error_code : '';
    return { code, words: typeof value?.message === 'string' ? value.message : '' };
  } catch {
    return { code: '', words: '' };
  }
}

type Explanation = readonly [problem: string, cure: string];

function explain(
  settings: MlflowSettings,
  what: string,
  status: number,
  location: string,
  code: string,
  words: string,
  body: string,
): Explanation {
  const said = short(words === '' ? textOf(body) : words);
  if (status >= 300 && status < 400) {
    return [
      `sends us on to ${short(location)} (${status})`,
      'set MLFLOW_TRACKING_URI to that address; if it is a page to log in, set MLFLOW_TRACKING_TOKEN',
    ];
  }
  if (status === 401) {
    return settings.authorization === null
      ? [
          'asks who we are (401)',
          'set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN',
        ]
      : ['does not accept the user and password, or the token (401)', 'are they right, and for this server?'];
  }
  if (status === 403 && /invalid host header/i.test(body)) {
    const host = new URL(settings.address).host;
    return [
      `does not expect to be called ${host} (403, its check of the Host header)`,
      `start it with \`mlflow server --allowed-hosts ${host}\`, or use its IP address`,
    ];
  }
  if (status === 403) {
    return [
      `does not permit us to ${what} (403)${said === '' ? '' : `: ${said}`}`,
      'ask who runs the server for the permission EDIT on the experiment',
    ];
  }
  if (status === 404 && code === '') {
    return [
      `has no such page: it is no MLflow server, or an older one (404 for ${what})`,
      `is the address complete, with its path? MLflow ${LEAST_VERSION} or later is needed`,
    ];
  }
  if (status === 413) {
    return [
      `does not take a file as large (413, ${what})`,
      'raise the limit of the proxy before it (nginx: client_max_body_size)',
    ];
  }
  if (status === 429) return [`has too much to do (429, ${what})`, 'try again later'];
  if (/disk is full|no space left/i.test(body)) {
    return [
      `has no space left on its disk (${status}, ${what})`,
      'free some there, then run `sessionlab mlflow sync` again',
    ];
  }
  if (/read-?only/i.test(body) && /database|file ?system/i.test(body)) {
    return [`cannot write to its own storage (${status}, ${what})`, 'look at the rights of its files'];
  }
  if (status >= 500) {
    return [
      `failed (${status}, ${what})${said === '' ? '' : `: ${said}`}`,
      'its log says more; then run `sessionlab mlflow sync` again',
    ];
  }
  const name = code === '' ? String(status) : `${status} ${code}`;
  return [`refused to ${what} (${name})${said === '' ? '' : `: ${said}`}`, 'its log may say more'];
}

/** Text of a page or a message on one line. */
const textOf = (body: string) => body.replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/g, ' ');

export function short(text: string, most = 160): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

/** What to do about trouble on the way, where MLflow's variables and our commands help. */
const CURES: Readonly<Partial<Record<FailureKind, string>>> = {
  refused: 'is the server running? `sessionlab mlflow ui` starts one',
  'unknown name': 'is MLFLOW_TRACKING_URI right?',
  'self-signed': 'set MLFLOW_TRACKING_SERVER_CERT_PATH to it, or MLFLOW_TRACKING_INSECURE_TLS=true',
  authority: 'set MLFLOW_TRACKING_SERVER_CERT_PATH to the certificate of that authority',
};

/** There is no answer at all. */
export function connectionFault(address: string, { kind, message, cure, passing }: RequestError): FaultError {
  const advice = CURES[kind] ?? cure;
  if (passing) return new MlflowUnreachable(address, short(message), advice);
  return new FaultError({ place: address, problem: short(message), cure: advice }, ExitCode.machine);
}
