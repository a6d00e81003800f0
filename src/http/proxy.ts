/** Which proxy a request goes through, as the environment says it to curl and its like. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { credentialsOf, withoutPassword } from '../text/index.ts';

/**
 * The proxy for a URL; undefined for none.
 *
 * `http_proxy` and `https_proxy` are for their schemes, `all_proxy` for both, in lower or upper case; `no_proxy` names
 * hosts that are reached without: `example.com` with all below it, `example.com:8080`, `10.0.0.1`, `*`.
 *
 * @throws FaultError (usage) when the environment names a proxy that cannot be used
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const scheme = url.protocol.slice(0, -1);
  const [name, value] = firstOf(env, [`${scheme}_proxy`, 'all_proxy']);
  if (value === undefined || isExempt(url, firstOf(env, ['no_proxy'])[1])) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy !== undefined && (proxy.protocol === 'http:' || proxy.protocol === 'https:')) return proxy;
  throw new FaultError(
    {
      place: name,
      problem: `got ${JSON.stringify(withoutPassword(value))}, must be the URL of an HTTP proxy`,
      cure: 'use http://host:port, for example, or unset it',
    },
    ExitCode.usage,
  );
}

/** The first of the variables that is set, each in lower case, then in upper case; empty is not set. */
function firstOf(
  env: NodeJS.ProcessEnv,
  names: readonly string[],
): [name: string, value: string | undefined] {
  for (const name of names.flatMap((lower) => [lower, lower.toUpperCase()])) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') return [name, value];
  }
  return ['', undefined];
}

function isExempt(url: URL, list: string | undefined): boolean {
  if (list === undefined) return false;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, only] = /^(\[?[^\]]*?\]?)(?::(\d+))?$/.exec(entry) ?? [];
      const plain = entry.includes('::') ? entry : name;
      if (!entry.includes('::') && only !== undefined && only !== port) return false;
      const suffix = plain.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
      return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
    });
}

/** The header that tells a proxy who we are, where its URL says it. */
export function proxyAuthorization(proxy: URL): Record<string, string> {
  const known = credentialsOf(proxy);
  if (known === null) return {};
  const pair = `${known.username}:${known.password}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
