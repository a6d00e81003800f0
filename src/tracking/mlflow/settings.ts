/** Where the MLflow server is and how to talk to it, from the environment variables that MLflow's own client reads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, homeFolder } from '../../disk/index.ts';
import { FaultError } from '../../fault/index.ts';
import { credentialsOf, withoutPassword } from '../../text/index.ts';

export interface MlflowSettings {
  /** Address without credentials and without a slash at the end. */
  readonly address: string;
  /** The value of the Authorization header. */
  readonly authorization: string | null;
  /** Certificates are not checked. */
  readonly insecure: boolean;
  /** PEM: who may sign the server's certificate, and who we are. */
  readonly authorities: Buffer | null;
  readonly certificate: Buffer | null;
  /** Instead of the spec's name. */
  readonly experiment: string | null;
  /** Milliseconds without a sign of life until a request counts as failed. */
  readonly timeout: number;
  /** How often a request is sent again. */
  readonly retries: number;
}

/**
 * The settings; null when no server is named (MLFLOW_TRACKING_URI is not set or empty).
 *
 * Honoured: MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME and _PASSWORD (or ~/.mlflow/credentials), MLFLOW_TRACKING_TOKEN,
 * MLFLOW_TRACKING_INSECURE_TLS, MLFLOW_TRACKING_SERVER_CERT_PATH, MLFLOW_TRACKING_CLIENT_CERT_PATH, MLFLOW_EXPERIMENT_NAME,
 * MLFLOW_HTTP_REQUEST_TIMEOUT (seconds), MLFLOW_HTTP_REQUEST_MAX_RETRIES. A server that is not on this machine is reached
 * through the proxies that http_proxy, https_proxy, all_proxy and no_proxy name.
 *
 * @throws FaultError (usage) when one of them cannot be used
 */
export function mlflowSettings(
  env: NodeJS.ProcessEnv = process.env,
  home = homeFolder(),
): MlflowSettings | null {
  const uri = env.MLFLOW_TRACKING_URI ?? '';
  if (uri.trim() === '') return null;
  const { address, credentials } = parseAddress(uri.trim());
  return {
    address,
    authorization: authorization(env, credentials ?? fileCredentials(home)),
    insecure: flag(env, 'MLFLOW_TRACKING_INSECURE_TLS'),
    authorities: pem(env, 'MLFLOW_TRACKING_SERVER_CERT_PATH'),
    certificate: pem(env, 'MLFLOW_TRACKING_CLIENT_CERT_PATH'),
    experiment: env.MLFLOW_EXPERIMENT_NAME === '' ? null : (env.MLFLOW_EXPERIMENT_NAME ?? null),
    timeout: 1000 * number(env, 'MLFLOW_HTTP_REQUEST_TIMEOUT', 120, 1, 86_400),
    retries: number(env, 'MLFLOW_HTTP_REQUEST_MAX_RETRIES', 7, 0, 100),
  };
}

/** The settings of a server at an address of this machine that asks for nothing. */
export function localSettings(address: string): MlflowSettings {
  const plain = { authorization: null, insecure: false, authorities: null, certificate: null };
  return { address, ...plain, experiment: null, timeout: 120_000, retries: 7 };
}

const CURE =
  'set it to the address of a server such as http://127.0.0.1:5000; `sessionlab mlflow ui` starts one';

function parseAddress(uri: string) {
  const place = 'MLFLOW_TRACKING_URI';
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // A database may have its password in it.
    const scheme = /^[\w+.-]+(?=:)/.exec(uri)?.[0];
    const got =
      url === null || scheme === undefined
        ? JSON.stringify(withoutPassword(uri))
        : `an address that begins with ${scheme}:`;
    throw new FaultError({ place, problem: `got ${got}, expected one of http:// or https://`, cure: CURE });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new FaultError({
      place,
      problem: `got an address with "${url.search === '' ? '#' : '?'}" in it`,
      cure: CURE,
    });
  }
  const credentials = credentialsOf(url);
  return { address: `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, ''), credentials };
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

function authorization(env: NodeJS.ProcessEnv, others: Credentials | null): string | null {
  const username = env.MLFLOW_TRACKING_USERNAME ?? '';
  const password = env.MLFLOW_TRACKING_PASSWORD ?? '';
  const token = env.MLFLOW_TRACKING_TOKEN ?? '';
  if ((username === '') !== (password === '') && token === '') {
    const [there, missing] = username === '' ? ['PASSWORD', 'USERNAME'] : ['USERNAME', 'PASSWORD'];
    throw new FaultError({
      place: `MLFLOW_TRACKING_${missing}`,
      problem: `is not set, but MLFLOW_TRACKING_${there} is`,
      cure: 'set both or none',
    });
  }
  if (username !== '' && password !== '') return basic({ username, password });
  if (token !== '') {
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new FaultError({
        place: 'MLFLOW_TRACKING_TOKEN',
        problem: 'has a blank, a line break or another character that no token has',
        cure: 'copy it again',
      });
    return `Bearer ${token}`;
  }
  return others === null ? null : basic(others);
}

const basic = ({ username, password }: Credentials) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** `~/.mlflow/credentials`: an INI file with the section mlflow. */
function fileCredentials(home: string | null): Credentials | null {
  if (home === null) return null;
  let text: string;
  try {
    text = readFileSync(join(home, '.mlflow', 'credentials'), 'utf8');
  } catch {
    return null;
  }
  const section = /^\[mlflow\][^\n]*\n([^[]*)/m.exec(text)?.[1] ?? '';
  const value = (key: string) =>
    new RegExp(`^\\s*${key}\\s*[=:]\\s*(.*?)\\s*$`, 'm').exec(section)?.[1] ?? '';
  const username = value('mlflow_tracking_username');
  const password = value('mlflow_tracking_password');
  return username === '' || password === '' ? null : { username, password };
}

function flag(env: NodeJS.ProcessEnv, name: string): boolean {
  const value = (env[name] ?? '').toLowerCase();
  if (['', 'false', '0'].includes(value)) return false;
  if (['true', '1'].includes(value)) return true;
  throw new FaultError({ place: name, problem: `got ${JSON.stringify(env[name])}, expected true or false` });
}

function number(env: NodeJS.ProcessEnv, name: string, normal: number, least: number, most: number): number {
  const text = (env[name] ?? '').trim();
  if (text === '') return normal;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new FaultError({
    place: name,
    problem: `got ${JSON.stringify(env[name])}, expected a whole number from ${least} to ${most}`,
  });
}

function pem(env: NodeJS.ProcessEnv, name: string): Buffer | null {
  const path = env[name] ?? '';
  if (path === '') return null;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new FaultError({
      place: name,
      problem: `${path} cannot be read (${codeOf(error) ?? 'unknown error'})`,
      cure: 'is the path right?',
    });
  }
  if (bytes.includes('-----BEGIN ')) return bytes;
  throw new FaultError({ place: name, problem: `${path} is no PEM file`, cure: 'convert it with openssl' });
}
