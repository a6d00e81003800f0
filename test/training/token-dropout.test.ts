import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Token } from '../../src/token/index.ts';
import { train } from '../../src/training/index.ts';
import { fakeModel, indices, presenterOf, tcpSessions } from './sample.ts';

/** The rows of all training batches: labels, lengths and tokens as text. */
async function shown(tokenDropout: number, batch = 16): Promise<readonly string[]> {
  const model = fakeModel(64);
  const options = { sessions: indices(0, 40), epochs: 2, batch, learningRate: () => 0.1, seed: 1 };
  for await (const _ of train({ ...options, model, presenter: presenterOf(tcpSessions(40)), tokenDropout }));
  return model.shown.flatMap(({ rows }) => rows);
}

const HIDDEN = String(Token.hidden);

describe('training with token dropout', () => {
  it('shows the same sessions, morphs and labels, but for the fields that are hidden', async () => {
    const [without, dropped] = await Promise.all([shown(0), shown(0.3)]);
    assert.equal(dropped.length, without.length);
    let hidden = 0;
    dropped.forEach((row, i) => {
      const [a, b] = [row.split(' '), without[i]!.split(' ')];
      assert.equal(a.length, b.length);
      a.forEach((token, t) => {
        if (token === b[t]) return;
        assert.equal(token, HIDDEN);
        hidden++;
      });
    });
    assert.ok(hidden > 1000, String(hidden));
    assert.ok(without.every((row) => !row.split(' ').includes(HIDDEN)));
  });

  it('hides the same of a session whatever the batch, and something else in every epoch', async () => {
    const [one, other] = await Promise.all([shown(0.3, 16), shown(0.3, 7)]);
    assert.deepEqual(one.toSorted(), other.toSorted());
    const pattern = (row: string) => row.replaceAll(/\d+/g, (token) => (token === HIDDEN ? 'h' : '.'));
    const [first, second] = [one.slice(0, 40), one.slice(40)];
    assert.notDeepEqual(first.map(pattern).toSorted(), second.map(pattern).toSorted());
  });
});
