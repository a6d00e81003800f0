import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MorphCounts } from '../../src/anomaly/index.ts';
import { describeMorphs } from '../../src/report/run.ts';

const asDrawn = { drawn: 5, applied: 5, couldNotApply: 0, replacedBy: {}, leftNormal: 0, invisible: 0 };
const none: MorphCounts = {
  presented: 10,
  normal: 5,
  leftNormal: 0,
  kinds: { a: asDrawn },
  macUnknown: 0,
  macShared: 0,
  ttlUnknown: 0,
  vlanUnknown: 0,
  optionsUnknown: 0,
};

describe('the morphs of a test', () => {
  it('are not mentioned where all are as drawn', () => assert.equal(describeMorphs(none), ''));

  it('are told where they are not, with what became of the sessions', () => {
    const a = { drawn: 5, applied: 2, couldNotApply: 3, replacedBy: { b: 2 }, leftNormal: 1, invisible: 2 };
    const text = describeMorphs({
      ...none,
      kinds: { a, b: asDrawn },
      leftNormal: 1,
      macUnknown: 1,
      macShared: 2,
      ttlUnknown: 4,
    });
    assert.equal(
      text,
      [
        'Morphs of the test sessions that are not as drawn',
        '  a           could not apply to 3 of 5, which became 2 b, 1 normal',
        '  a           changed nothing that is read (tokens) of 2 sessions: no network could see it',
        '  normal      1 session that no kind could apply to',
        '  stale MAC   1 session: training never showed the MAC address of the new destination',
        '  shared MAC  2 sessions: both ends are behind one gateway',
        '  stale TTL   4 sessions: training never showed that of the new sender',
        '',
        '',
      ].join('\n'),
    );
  });
});
