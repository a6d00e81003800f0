import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FullCard, makeFullCard } from '../../src/attention/index.ts';
import {
  chooseKernels,
  createNetwork,
  initialize,
  type NetworkShape,
  type TrainingChoices,
} from '../../src/network/index.ts';
import { formatFullCard } from '../../src/report/index.ts';
import { randomBatch } from '../support/batch.ts';
import { scene, weightsOf } from './network.ts';

/** The tests by name of a network made by hand, as if it had been trained with hidden fields. */
async function fullOf(attendsTo: 'edited' | 'end', tokenDropout = 0.5, sample = 20): Promise<FullCard> {
  const { trained, present } = await scene(attendsTo);
  return makeFullCard({
    options: { ...trained.options, engine: 'native' },
    parameters: weightsOf(attendsTo),
    others: [{ seed: 2, parameters: weightsOf('edited') }],
    presented: trained.presented,
    present,
    clusterings: trained.clusterings,
    seed: 1,
    tokenDropout,
    sample,
    working: () => undefined,
  });
}

const edited = fullOf('edited');
const end = fullOf('end');

describe('the tests by name of a network whose attention points at the edited byte', () => {
  it('find that mean weights cannot stand in for it, that random weights attend otherwise, and that it agrees with itself', async () => {
    const { replaced, randomised, agreement, sessions } = await edited;
    assert.equal(sessions, 40);
    const packet = replaced.find(({ level }) => level === 'packet')!;
    assert.equal(packet.by, 'mean');
    assert.equal(packet.finding, 'used', packet.says);
    const all = randomised.find(({ what }) => what === 'all')!;
    assert.ok(all.likeness.packet!.rank.value! < 0.5);
    assert.deepEqual(agreement!.seeds, [1, 2]);
    assert.ok(agreement!.likeness.packet!.rank.value! > 0.999);
    assert.equal(agreement!.likeness.packet!.top.value, 1);
  });

  it('find that integrated gradients are complete and show the byte, too', async () => {
    const { gradients } = await edited;
    assert.equal(gradients.incomplete, 0);
    assert.ok(gradients.residual <= 1e-3);
    const { auc, says } = gradients.pointing.find(({ level }) => level === 'packet')!;
    assert.ok(auc.attention.value! > 0.99, says);
    assert.match(says, /the size of integrated gradients shows the edited bytes of covert-tos/);
  });

  it('find that hiding the field with the most attention takes the class away, as no random field does', async () => {
    const { deletion } = await edited;
    const one = deletion!.erased.find(
      (e) => e.what === 'deletion' && e.fields === 1 && e.by === 'attention',
    )!;
    assert.equal(one.finding, 'faithful');
    assert.ok(one.drop.value! > one.random.greatest, JSON.stringify(one));
    const only = deletion!.erased.filter((e) => e.what === 'sufficiency');
    assert.deepEqual(
      only.map(({ fields }) => fields),
      [1, 1, 2, 2, 4, 4, 8, 8],
    );
  });
});

describe('the tests by name of a network whose attention is irrelevant', () => {
  it('find that mean weights keep every class, and that attention is no order to hide fields in', async () => {
    const { replaced, deletion, agreement } = await end;
    for (const { agreement: same, change } of replaced) {
      assert.equal(same.value, 1);
      assert.equal(change.value, 0);
    }
    const byAttention = deletion!.erased.filter(({ by, what }) => by === 'attention' && what === 'deletion');
    assert.notEqual(byAttention[0]!.finding, 'faithful');
    assert.ok(agreement!.likeness.packet!.top.value! < 1, 'the other network attends to something else');
  });

  it('are shown, each with its numbers', async () => {
    const card = await end;
    const text = formatFullCard(card);
    assert.match(text, /Attention of seed 1, tested on a sample of 40 sessions/);
    assert.match(text, /packet attention, integrated gradients/);
    assert.match(text, /without 2 fields by attention/);
    assert.deepEqual(JSON.parse(JSON.stringify(card)), card);
  });

  it('report no deletion of a network that never met a hidden field', async () => {
    const { deletion, says } = await fullOf('edited', 0, 3);
    assert.equal(deletion, null);
    assert.ok(says.some((line) => /not reported: the network never met hidden fields/.test(line)));
  });
});

describe('weights that are fixed by step', () => {
  it('are mean attention where all are equal, to the last bit, in the reference engine; the native one has none', () => {
    const shape: NetworkShape = {
      vocabulary: 258,
      maxPackets: 3,
      maxTokens: 6,
      classes: 3,
      cell: 'gru',
      packet: { units: 5, layers: 1, attention: 'mean' },
      session: { units: 4, layers: 1, attention: 'mean' },
      head: [4],
      activation: 'tanh',
      dropout: 0,
      layerNorm: false,
      initializer: { kind: 'glorot' },
    };
    const fixed = {
      ...shape,
      packet: { ...shape.packet, fixed: new Float32Array(6).fill(0.25) },
      session: { ...shape.session, fixed: new Float32Array(3).fill(1) },
    };
    const choices: TrainingChoices = {
      capacity: 5,
      clipNorm: null,
      optimizer: { kind: 'adam' },
      classWeights: null,
      seed: 1,
    };
    const batch = randomBatch(5, 3, 6, 3, 9);
    const attend = (of: NetworkShape) =>
      createNetwork(chooseKernels('reference', 1).kernels, of, initialize(of, 1), choices).attend(batch);
    assert.deepEqual(attend(fixed), attend(shape));
    const native = chooseKernels('native', 1).kernels;
    if (native.engine === 'native')
      assert.throws(() => createNetwork(native, fixed, initialize(fixed, 1), choices), /plan: got -1/);
  });
});
