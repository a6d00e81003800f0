import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stream } from '../../src/random/index.ts';
import { createBatch, createEncoder, createTokenDropout, fieldNames, Token } from '../../src/token/index.ts';
import { anySample, load } from '../anomaly/samples.ts';
import fc from '../support/fast-check.ts';
import { sessionTable } from '../support/packets.ts';

const BYTES = 60;
const how = { bytes: BYTES, hide: [] };

/** The tokens of a session with and without hidden fields, and the fields of its bytes. */
function hide(
  session: ReturnType<typeof load>,
  share: number,
  seed: number,
  dropout = createTokenDropout(share, how),
) {
  const batch = createBatch(1, 8, BYTES + 1);
  createEncoder(how).encode(session, batch, 0);
  const before = batch.tokens.slice();
  dropout.hide(session, batch, 0, stream(seed, 'token-dropout'));
  return { before, after: batch.tokens, lengths: batch.lengths };
}

describe('token dropout', () => {
  it('hides whole fields, in all packets of a session, and nothing else', () => {
    fc.assert(
      fc.property(anySample, fc.nat(1000), (sample, seed) => {
        const session = load(sessionTable([sample]));
        const { before, after, lengths } = hide(session, 0.5, seed);
        const hidden = new Map<string, boolean>();
        for (let p = 0; p < session.packets; p++) {
          const names = fieldNames(session, p);
          for (let t = 0; t < BYTES + 1; t++) {
            const at = p * (BYTES + 1) + t;
            if (t >= lengths[p]! - 1) {
              assert.equal(after[at], before[at], 'END and what is no token');
              continue;
            }
            const isHidden = after[at] === Token.hidden;
            if (!isHidden) assert.equal(after[at], before[at]);
            const known = hidden.get(names[t]!);
            if (known !== undefined) assert.equal(isHidden, known, names[t]);
            hidden.set(names[t]!, isHidden);
          }
        }
      }),
    );
  });

  it('depends on the session and its stream alone, and not on what was hidden before', () => {
    fc.assert(
      fc.property(anySample, anySample, fc.nat(1000), (a, b, seed) => {
        const session = load(sessionTable([a]));
        const used = createTokenDropout(0.3, how);
        hide(load(sessionTable([b])), 0.3, seed + 1, used);
        assert.deepEqual(hide(session, 0.3, seed, used).after, hide(session, 0.3, seed).after);
      }),
    );
  });

  it('hides the share of the fields that it is given, on average, and of single sessions anything from none to twice it', () => {
    fc.assert(
      fc.property(anySample, (sample) => {
        const session = load(sessionTable([sample]));
        const fields = new Set(fieldNames(session, 0).slice(0, BYTES)).size;
        const shares = Array.from({ length: 300 }, (_, seed) => {
          const { after, lengths } = hide(session, 0.5, seed);
          const names = fieldNames(session, 0);
          const hidden = new Set<string>();
          for (let t = 0; t < lengths[0]! - 1; t++) if (after[t] === Token.hidden) hidden.add(names[t]!);
          return hidden.size / fields;
        });
        const mean = shares.reduce((sum, x) => sum + x, 0) / shares.length;
        assert.ok(Math.abs(mean - 0.5) < 0.08, String(mean));
        assert.ok(shares.some((x) => x < 0.1) && shares.some((x) => x > 0.9));
      }),
      { numRuns: 5 },
    );
  });
});
