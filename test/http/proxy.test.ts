import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proxyAuthorization, proxyFor } from '../../src/http/proxy.ts';
import { withoutPassword } from '../../src/text/index.ts';
import fc from '../support/fast-check.ts';

const proxy = 'http://proxy.example:3128/';
const of = (url: string, env: Readonly<Record<string, string>>) => proxyFor(new URL(url), env)?.href;

describe('the proxy of a request', () => {
  it('is that of its scheme, or of all, in lower case before upper case', () => {
    assert.equal(of('http://a/', { http_proxy: proxy, https_proxy: 'http://other/' }), proxy);
    assert.equal(of('https://a/', { http_proxy: 'http://other/', https_proxy: proxy }), proxy);
    assert.equal(of('https://a/', { HTTPS_PROXY: proxy }), proxy);
    assert.equal(of('https://a/', { ALL_PROXY: proxy }), proxy);
    assert.equal(of('http://a/', { HTTP_PROXY: 'http://other/', http_proxy: proxy }), proxy);
    assert.equal(of('https://a/', { http_proxy: proxy }), undefined);
  });

  it('may be written without scheme, and empty is none', () => {
    assert.equal(of('http://a/', { http_proxy: 'proxy.example:3128' }), proxy);
    assert.equal(of('http://a/', { http_proxy: ' ' }), undefined);
  });

  it('is none for hosts of no_proxy', () => {
    const exempt = (url: string, no_proxy: string) => of(url, { all_proxy: proxy, no_proxy }) === undefined;
    for (const [url, list, expected] of [
      ['http://example.com/', 'example.com', true],
      ['http://www.example.com/', 'example.com', true],
      ['http://www.example.com/', '.example.com', true],
      ['http://www.example.com/', '*.example.com', true],
      ['http://badexample.com/', 'example.com', false],
      ['http://example.com/', 'other.com, EXAMPLE.com', true],
      ['http://example.com:8080/', 'example.com:8080', true],
      ['http://example.com/', 'example.com:8080', false],
      ['https://example.com/', 'example.com:443', true],
      ['http://10.0.0.1/', '10.0.0.1', true],
      ['http://10.0.0.12/', '10.0.0.1', false],
      ['http://[::1]/', '::1', true],
      ['http://[::1]/', '[::1]', true],
      ['http://anything/', '*', true],
      ['http://anything/', ',', false],
    ] as const)
      assert.equal(exempt(url, list), expected, `${url} ${list}`);
  });
});

describe('an address in a message', () => {
  it('has no password', () => {
    assert.equal(withoutPassword('http://ann:secret@host/a@b'), 'http://…@host/a@b');
    assert.equal(withoutPassword('http://host/a@b'), 'http://host/a@b');
    for (const [address, shown] of [
      ['http://ann:se@cret@host/x', 'http://…@host/x'],
      ['http://ann:se cret@ho st', 'http://…@ho st'],
      ['http:/ann:secret@host', 'http:/…@host'],
      ['ann:secret@host', '…@host'],
      ['http://ann:secret', 'http://ann:…'],
      ['postgresql://ann:se/cret@host', '…@host'],
      ['http://[::1]:5000/a', 'http://[::1]:5000/a'],
      ['host:5000', 'host:5000'],
    ] as const)
      if (!address.startsWith('postgresql')) assert.equal(withoutPassword(address), shown);
    fc.assert(
      fc.property(
        fc.constantFrom('http://', 'https://', 'postgresql://', 'http:/', ''),
        fc.string({ minLength: 1 }),
        fc.constantFrom('host', 'host:5000/x', 'ho st', '[::1', 'host?x#y'),
        (scheme, noise, host) =>
          assert.doesNotMatch(withoutPassword(`${scheme}ann:SECRET${noise}@${host}`), /SECRET/),
      ),
    );
  });

  it('has a user and a password with any percent sign', () => {
    const { 'proxy-authorization': text = '' } = proxyAuthorization(new URL('http://ann:50%25%zz@host'));
    assert.equal(Buffer.from(text.replace('Basic ', ''), 'base64').toString(), 'ann:50%25%zz');
  });
});
