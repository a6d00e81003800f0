import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { artifactPath, checkKey, checkLength, checkTime } from '../../src/tracking/mlflow/limits.ts';
import { decodeMessage, encodeMessage, type Message } from '../../src/tracking/mlflow/wire.ts';
import fc from '../support/fast-check.ts';

const metric = { key: 'train/loss', value: 0.5, timestamp: 1_700_000_000_000, step: 3 };

describe('what is sent to MLflow', () => {
  it('writes numbers that JSON does not have as words, and reads them again', () => {
    const metrics = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ({
      ...metric,
      value,
    }));
    const text = encodeMessage('LogBatch', { run_id: 'a', metrics });
    assert.deepEqual(
      JSON.parse(text).metrics.map((m: { value: unknown }) => m.value),
      ['NaN', 'Infinity', '-Infinity'],
    );
    const read = decodeMessage('GetMetricHistory.Response', JSON.parse(text), 'x');
    assert.deepEqual(read.metrics, metrics);
  });

  it('keeps every bit of every number, step and time', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const step = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
    fc.assert(
      fc.property(number, step, (value, n) => {
        const text = encodeMessage('LogBatch', { run_id: 'a', metrics: [{ ...metric, value, step: n }] });
        const [read] = decodeMessage('GetMetricHistory.Response', JSON.parse(text), 'x').metrics ?? [];
        // JSON has no −0, and neither has MLflow.
        assert.equal(read!.value, value + 0);
        assert.equal(read!.step, n + 0);
      }),
    );
  });

  it('is refused when it has the wrong type, which the server would store as something else', () => {
    const wrong: readonly [object, RegExp][] = [
      [{ ...metric, value: '0.5' }, /metrics\/0\/value: got "0.5", expected a number/],
      [{ ...metric, timestamp: 1.5 }, /metrics\/0\/timestamp: got 1.5, expected a whole number/],
      [{ ...metric, step: '3' }, /metrics\/0\/step: got "3", expected a whole number/],
      [{ key: 'a', value: 1 }, /metrics\/0\/timestamp: missing/],
      [{ ...metric, stepp: 3 }, /metrics\/0\/stepp: no such field/],
    ];
    for (const [bad, message] of wrong) {
      const batch = { run_id: 'a', metrics: [bad] } as unknown as Message<'LogBatch'>;
      assert.throws(() => encodeMessage('LogBatch', batch), message);
    }
    const status = { run_id: 'a', status: 'DONE' } as unknown as Message<'UpdateRun'>;
    assert.throws(
      () => encodeMessage('UpdateRun', status),
      /status: got "DONE", expected one of RUNNING, SCHEDULED, FINISHED/,
    );
  });

  it('leaves out of a reply what it does not know, and refuses one without what it needs', () => {
    const info = {
      run_id: 'r',
      experiment_id: '1',
      status: 'FINISHED',
      artifact_uri: 'mlflow-artifacts:/1/r',
      lifecycle_stage: 'active',
    };
    const reply = { run: { info: { ...info, start_time: '17', novelty: 1 }, data: {} } };
    assert.deepEqual(decodeMessage('GetRun.Response', reply, 'x'), {
      run: { info: { ...info, start_time: 17 }, data: {} },
    });
    const { artifact_uri: _, ...less } = info;
    assert.throws(
      () => decodeMessage('GetRun.Response', { run: { info: less } }, 'http://x'),
      (error) => {
        assert.ok(error instanceof FaultError);
        assert.match(
          error.message,
          /^http:\/\/x: answered with GetRun.Response\/run\/info\/artifact_uri: missing, expected a text; is it an MLflow server/,
        );
        return true;
      },
    );
  });

  it('has keys of at most 250 characters that are paths to nowhere else', () => {
    for (const good of ['train/loss', 'a.b-c d:e_f', 'x'.repeat(250)]) checkKey(good);
    for (const bad of ['', 'a//b', '/a', 'a/', '../a', 'a/./b', 'é', 'a\nb', 'a%b', 'x'.repeat(251)])
      assert.throws(() => checkKey(bad), FaultError, JSON.stringify(bad));
  });

  it('has no value that the server would cut off, counted in code points', () => {
    checkLength('x', 'é'.repeat(8000), 8000);
    checkLength('x', '𝄞'.repeat(8000), 8000);
    assert.throws(() => checkLength('note', 'x'.repeat(8001), 8000), /note: 8001 characters, at most 8000/);
    for (const bad of [0, -1, 1.5, Number.NaN]) assert.throws(() => checkTime('t', bad), FaultError);
  });

  it('has artifact paths that arrive where they are meant to', () => {
    assert.equal(artifactPath('tables/a b+c~ä.json'), 'tables/a%20b%2Bc~%C3%A4.json');
    for (const bad of [
      '',
      '/a',
      'a/',
      'a//b',
      '..',
      'a/../b',
      './a',
      'a%b',
      'a#b',
      'a?b',
      'a\\b',
      'a\0b',
      'C:x',
      `${'ä'.repeat(128)}`,
    ])
      assert.throws(() => artifactPath(bad), FaultError, JSON.stringify(bad));
  });
});
