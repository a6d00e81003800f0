import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { mlflowSettings } from '../../src/tracking/index.ts';

const home = mkdtempSync(join(tmpdir(), 'sessionlab-home-'));
after(() => rmSync(home, { recursive: true, force: true }));

const uri = 'https://ml.example/tracking/';
const settings = (env: Readonly<Record<string, string>>, at = join(home, 'none')) =>
  mlflowSettings({ MLFLOW_TRACKING_URI: uri, ...env }, at)!;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the settings of the MLflow server', () => {
  it('are nothing without an address', () => {
    assert.equal(mlflowSettings({}, home), null);
    assert.equal(mlflowSettings({ MLFLOW_TRACKING_URI: ' ' }, home), null);
  });

  it('are those that MLflow has by itself', () => {
    assert.deepEqual(settings({}), {
      address: 'https://ml.example/tracking',
      authorization: null,
      insecure: false,
      authorities: null,
      certificate: null,
      experiment: null,
      timeout: 120_000,
      retries: 7,
    });
  });

  it('take user and password, or a token, from the environment, the address, or the credentials file', () => {
    assert.equal(
      settings({ MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p:ä' }).authorization,
      basic('u:p:ä'),
    );
    assert.equal(settings({ MLFLOW_TRACKING_TOKEN: 'abc' }).authorization, 'Bearer abc');
    const embedded = settings({ MLFLOW_TRACKING_URI: 'http://u%40x:p@host:5000' });
    assert.deepEqual([embedded.address, embedded.authorization], ['http://host:5000', basic('u@x:p')]);
    mkdirSync(join(home, '.mlflow'));
    writeFileSync(
      join(home, '.mlflow', 'credentials'),
      '[mlflow]\nmlflow_tracking_username = f\nmlflow_tracking_password=g\n',
    );
    assert.equal(settings({}, home).authorization, basic('f:g'));
    assert.equal(settings({ MLFLOW_TRACKING_TOKEN: 't' }, home).authorization, 'Bearer t');
  });

  it('read certificates, experiment, patience', () => {
    const path = join(home, 'ca.pem');
    writeFileSync(path, '-----BEGIN CERTIFICATE-----\n');
    const found = settings({
      MLFLOW_TRACKING_SERVER_CERT_PATH: path,
      MLFLOW_TRACKING_INSECURE_TLS: 'true',
      MLFLOW_EXPERIMENT_NAME: 'mine',
      MLFLOW_HTTP_REQUEST_TIMEOUT: '5',
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
    });
    assert.equal(String(found.authorities), '-----BEGIN CERTIFICATE-----\n');
    assert.deepEqual(
      [found.insecure, found.experiment, found.timeout, found.retries],
      [true, 'mine', 5000, 0],
    );
  });

  it('may have any percent sign in a password', () => {
    const { authorization } = mlflowSettings({ MLFLOW_TRACKING_URI: 'http://ann:50%25%zz@host' }, home)!;
    assert.equal(authorization, `Basic ${Buffer.from('ann:50%25%zz').toString('base64')}`);
  });

  it('never show the password of an address that cannot be used', () => {
    for (const uri of [
      ...['http://ann:SECRET@ho st:5000', 'ann:SECRET@host', 'http:/ann:SECRET@', 'http://ann:SECRET'],
      ...['postgresql://ann:SECRET@host/db', 'http://ann:SECRET@host/?x', 'https://ann:SE/SECRET@[::1'],
    ]) {
      let said = '';
      try {
        mlflowSettings({ MLFLOW_TRACKING_URI: uri }, home);
      } catch (error) {
        said = String(error);
      }
      assert.doesNotMatch(said, /SECRET/, uri);
    }
  });

  it('are refused with advice, and without a password in the message', () => {
    const cases: readonly [Readonly<Record<string, string>>, RegExp][] = [
      [
        { MLFLOW_TRACKING_URI: 'localhost:5000' },
        /MLFLOW_TRACKING_URI: got an address that begins with localhost:, expected one of http/,
      ],
      [{ MLFLOW_TRACKING_URI: './mlruns' }, /got ".\/mlruns", expected one of http:.*sessionlab mlflow ui/],
      [{ MLFLOW_TRACKING_URI: 'postgresql://u:secret@db/mlflow' }, /begins with postgresql:/],
      [{ MLFLOW_TRACKING_URI: 'http://host/#/experiments' }, /an address with "#" in it/],
      [
        { MLFLOW_TRACKING_USERNAME: 'u' },
        /MLFLOW_TRACKING_PASSWORD: is not set, but MLFLOW_TRACKING_USERNAME is/,
      ],
      [{ MLFLOW_TRACKING_TOKEN: 'sec ret' }, /MLFLOW_TRACKING_TOKEN: has a blank/],
      [
        { MLFLOW_TRACKING_INSECURE_TLS: 'maybe' },
        /MLFLOW_TRACKING_INSECURE_TLS: got "maybe", expected true or false/,
      ],
      [
        { MLFLOW_HTTP_REQUEST_TIMEOUT: '-1' },
        /MLFLOW_HTTP_REQUEST_TIMEOUT: got "-1", expected a whole number from 1 to 86400/,
      ],
      [
        { MLFLOW_TRACKING_SERVER_CERT_PATH: join(home, 'nowhere') },
        /MLFLOW_TRACKING_SERVER_CERT_PATH: .*cannot be read \(ENOENT\)/,
      ],
      [{ MLFLOW_TRACKING_SERVER_CERT_PATH: join(home, '.mlflow', 'credentials') }, /is no PEM file/],
    ];
    for (const [env, message] of cases) {
      assert.throws(
        () => settings(env),
        (error) => {
          assert.match((error as Error).message, message);
          assert.doesNotMatch((error as Error).message, /secret|sec ret/);
          return true;
        },
      );
    }
  });
});
