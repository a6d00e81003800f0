import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { estimateOffset, joinLabels } from '../../src/label/index.ts';
import { stream } from '../../src/random/index.ts';
import { temporaryFolder } from '../capture/build.ts';
import { labelsOf, NOON, sessionsOf } from './helpers.ts';

const folder = temporaryFolder();
const random = stream(1, 'labels');
const DAY_PART = 3000;

/** Sessions at random times; every fifth port is used again later. */
const packets = Array.from({ length: 400 }, (_, i) => {
  const at = Math.floor(random.uniform() * DAY_PART * 1000) / 1000;
  return { at, until: at + 1.5, fromPort: 1000 + (i % 320), to: `10.0.0.${2 + Math.floor(i / 320)}` };
});
const sessions = await sessionsOf(folder, packets);

/** Labels of these sessions in a clock that is behind by `offset`, written by `write`. */
async function behind(offset: number, write: (seconds: number) => string, share = 1) {
  const rows = packets
    .filter((_, i) => i < share * packets.length)
    .map(({ at, fromPort, to }) => {
      const time = NOON + at - offset;
      return `tcp,10.0.0.1,${fromPort},${to},80,${write(time)},${write(time + 1.5)},Normal`;
    });
  return labelsOf(folder, rows);
}

const iso = (seconds: number): string => new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19);

describe('the clock offset of labels', () => {
  for (const offset of [0, 10800, -12600, 14_280, 86_400])
    it(`is found where it is ${offset} s and times are cut to seconds`, async () => {
      const labels = await behind(offset, iso);
      const estimate = estimateOffset(sessions, labels);
      assert.equal(estimate.offset, offset);
      assert.equal(estimate.voters, 400);
      assert.ok(estimate.support >= 396, String(estimate.support));
      assert.ok((estimate.runnerUp?.support ?? 0) < 10);
      const { counts } = joinLabels(sessions, labels, estimate.offset);
      assert.equal(counts.none, 0);
    });

  it('is found to the millisecond where times have fractions', async () => {
    const { offset } = estimateOffset(sessions, await behind(3600.25, (s) => s.toFixed(3)));
    assert.equal(offset, 3600.25);
  });

  it('is found to the minute where times are cut to minutes', async () => {
    const { offset, support } = estimateOffset(sessions, await behind(10800, (s) => iso(s).slice(0, 16)));
    assert.equal(offset, 10800);
    assert.ok(support > 390);
  });

  it('is found where half of the sessions have no label', async () => {
    const { offset, support, voters } = estimateOffset(sessions, await behind(10800, iso, 0.5));
    assert.equal(offset, 10800);
    assert.deepEqual([support, voters], [200, 200]);
  });

  it('is not guessed where labels are of other traffic', async () => {
    const shuffled = packets.map(({ fromPort, to }, i) => {
      const time = iso(NOON + packets[(i * 7 + 3) % 400]!.at);
      return `tcp,10.0.0.1,${fromPort},${to},80,${time},${time},Normal`;
    });
    const labels = await labelsOf(folder, shuffled);
    assert.throws(
      () => estimateOffset(sessions, labels),
      (error) => {
        assert.ok(error instanceof FaultError);
        assert.equal(error.exitCode, 3);
        assert.match(
          error.message,
          /clock offset: the data does not tell it: .* fits \d+ of the 400 sessions/,
        );
        assert.match(error.message, /labels from 2010-06-13T12:00:/);
        return true;
      },
    );
  });

  it('is not guessed from a few sessions, nor from none', async () => {
    const few = await behind(0, iso, 10 / 400);
    assert.throws(() => estimateOffset(sessions, few), /fits 10 of the 10 sessions/);
    const foreign = await labelsOf(folder, [`tcp,1.2.3.4,1,1.2.3.5,2,${iso(NOON)},${iso(NOON)},x`]);
    assert.throws(() => estimateOffset(sessions, foreign), /no session has a label of its endpoints/);
  });

  it('is not guessed where two fit alike', async () => {
    const one = packets.map(({ at, fromPort, to }) => {
      const time = iso(NOON + at);
      return `tcp,10.0.0.1,${fromPort},${to},80,${time},${time},Normal`;
    });
    const other = packets.map(({ at, fromPort, to }) => {
      const time = iso(NOON + at - 3600);
      return `tcp,10.0.0.1,${fromPort},${to},80,${time},${time},Normal`;
    });
    const labels = await labelsOf(folder, [...one, ...other]);
    assert.throws(() => estimateOffset(sessions, labels), /\+0:00:00 fits \d+ .*\+1:00:00 fits \d+/);
  });
});
