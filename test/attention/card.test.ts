import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cardMetrics } from '../../src/attention/index.ts';
import { formatCard } from '../../src/report/index.ts';
import { cardSchema } from '../../src/results/attention-card.ts';
import { misfit } from '../../src/results/check.ts';
import { scene } from './network.ts';

const pointing = scene('edited');
const elsewhere = scene('end');

describe('the card of a network whose attention must point at the edited byte', () => {
  it('says so, by both nulls, AUC and precision', async () => {
    const { card, predictions, labels } = await pointing;
    assert.deepEqual([...predictions], [...labels], 'every session is recognised');
    const packet = card.pointing.find(({ level }) => level === 'packet')!;
    assert.equal(packet.finding, 'shows');
    assert.equal(packet.kind, 'covert-tos');
    assert.ok(packet.sessions > 90 && packet.sessions === packet.all, String(packet.sessions));
    assert.equal(packet.share.attention.value!.toFixed(6), '1.000000');
    // Of normal sessions every token has about the same: one of 55.
    assert.ok(Math.abs(packet.share.normal.value! - 1 / 55) < 0.002, String(packet.share.normal.value));
    assert.ok(Math.abs(packet.times.normal.value! - 55) < 5);
    assert.equal(packet.auc.attention.value, 1);
    assert.equal(packet.top.attention.value, 1);
    assert.equal(packet.topEdited.attention.value, 1);
    assert.match(
      packet.says,
      /^packet attention shows the edited bytes of covert-tos: they get 100% of it, 5\d\.\d\d /,
    );
    assert.match(card.says[0]!, /^packet attention shows the edited bytes of covert-tos$/);
  });

  it('says that accuracy falls when uniform weights stand in for it', async () => {
    const { card } = await pointing;
    const packet = card.replaced.find(({ level }) => level === 'packet')!;
    assert.equal(packet.finding, 'used');
    assert.ok(packet.change.value! < -0.4 && packet.change.high! < 0, packet.says);
  });
});

describe('the card of a network whose attention is irrelevant', () => {
  it('says that the attention does not show the edited bytes, however well these are recognised', async () => {
    const { card, predictions, labels } = await elsewhere;
    assert.deepEqual([...predictions], [...labels], 'every session is recognised');
    const packet = card.pointing.find(({ level }) => level === 'packet')!;
    assert.equal(packet.finding, 'not', packet.says);
    assert.ok(packet.share.attention.value! < 1e-6);
    assert.equal(packet.top.attention.value, 0);
    assert.match(packet.says, /^packet attention does not show the edited bytes of covert-tos here: /);
  });

  it('says that uniform weights keep the accuracy', async () => {
    const { card } = await elsewhere;
    for (const { level, finding, change, agreement, says } of card.replaced) {
      assert.equal(finding, 'irrelevant', `${level}: ${says}`);
      assert.equal(change.value, 0);
      assert.equal(agreement.value, 1);
    }
    assert.equal(card.replaced.length, 3);
  });
});

describe('a card', () => {
  it('is what its schema says, and in JSON the same', async () => {
    for (const { card } of [await pointing, await elsewhere]) {
      const read: unknown = JSON.parse(JSON.stringify(card));
      assert.equal(misfit(cardSchema, read), null);
      assert.deepEqual(read, card);
    }
  });

  it('counts every session of a kind: in its numbers, or left out by a reason', async () => {
    const { card } = await pointing;
    for (const { all, sessions, leftOut } of card.pointing) {
      const { unseen, everything, unmatched } = leftOut;
      assert.equal(sessions + unseen + everything + unmatched, all);
    }
    const session = card.pointing.find(({ level }) => level === 'session')!;
    assert.ok(session.leftOut.everything > 0, 'sessions of one packet have nothing to tell it from');
  });

  it('is shown with its numbers, and in a few metrics', async () => {
    const { card } = await pointing;
    const text = formatCard(card);
    assert.match(text, /Packet attention shows the edited bytes of covert-tos/);
    assert.match(text, /covert-tos +\d+ +100% +5\d\.\d\d/);
    assert.match(text, /packet attention by uniform weights .* needed/);
    const metrics = cardMetrics(card);
    assert.equal(metrics['packetAttentionAuc covert-tos'], 1);
    assert.equal(metrics.packetAttentionByUniform, card.replaced[0]!.change.value);
  });
});
