import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import {
  type EpochEvent,
  stepsPerEpoch,
  type TrainEvent,
  type TrainOptions,
  train,
} from '../../src/training/index.ts';
import fc from '../support/fast-check.ts';
import { type FakeModel, fakeModel, indices, presenterOf, tcpSessions } from './sample.ts';

const table = tcpSessions(40);

interface Trained {
  readonly model: FakeModel;
  readonly events: readonly TrainEvent[];
}

async function trained(changes: Partial<TrainOptions> & { model?: FakeModel } = {}): Promise<Trained> {
  const model = changes.model ?? fakeModel(64);
  const presenter = presenterOf(table);
  const options = {
    presenter,
    sessions: indices(0, 40),
    epochs: 2,
    batch: 16,
    learningRate: () => 0.1,
    seed: 1,
    ...changes,
  };
  const events: TrainEvent[] = [];
  for await (const event of train({ ...options, model })) events.push(event);
  return { model, events };
}

/** What was shown of each session in each epoch, in the order of the sessions. */
function presentations({ shown }: FakeModel, epochs: number): string[] {
  const perEpoch = shown.length / epochs;
  return shown
    .flatMap(({ sessions, rows }, step) =>
      sessions.map((session, i) => ({ session, epoch: Math.floor(step / perEpoch), row: rows[i]! })),
    )
    .sort((a, b) => a.epoch - b.epoch || a.session - b.session)
    .map(({ session, epoch, row }) => `${epoch} ${session}: ${row}`);
}

const ofKind = <K extends TrainEvent['kind']>(events: readonly TrainEvent[], kind: K) =>
  events.filter((event): event is Extract<TrainEvent, { kind: K }> => event.kind === kind);

describe('a training', () => {
  it('counts at every step what was trained on, not what was presented ahead, and goes on from there', async () => {
    const counted: number[] = [];
    const presenter = presenterOf(table);
    const options = { sessions: indices(0, 40), epochs: 2, batch: 6, learningRate: () => 0.1, seed: 1 };
    const tallies = [];
    for await (const event of train({ ...options, presenter, model: fakeModel(64) })) {
      if (event.kind !== 'step') continue;
      assert.equal(presenter.counts.presented, presenter.tally.presented);
      assert.equal(presenter.counts.presented, (event.epoch - 1) * 40 + event.presented);
      counted.push(event.presented);
      tallies.push({ tally: presenter.tally, start: event.position });
    }
    assert.deepEqual(counted, [6, 12, 18, 24, 30, 36, 40, 6, 12, 18, 24, 30, 36, 40]);
    for (const { tally, start } of [tallies[2]!, tallies[8]!]) {
      const resumed = presenterOf(table);
      resumed.continueWith(tally);
      for await (const event of train({ ...options, presenter: resumed, model: fakeModel(64), start }))
        assert.ok(event.step > 0);
      assert.deepEqual(resumed.tally, presenter.tally);
    }
  });

  it('presents every session exactly once an epoch, whatever the size of the batches', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 3 }),
        async (count, batch, epochs) => {
          const { model, events } = await trained({ sessions: indices(40 - count, 40), batch, epochs });
          const steps = stepsPerEpoch(count, batch);
          assert.equal(model.shown.length, steps * epochs);
          for (let epoch = 0; epoch < epochs; epoch++) {
            const seen = model.shown
              .slice(epoch * steps, (epoch + 1) * steps)
              .flatMap(({ sessions }) => sessions);
            assert.deepEqual(
              seen.toSorted((a, b) => a - b),
              [...indices(40 - count, 40)],
            );
          }
          assert.deepEqual(
            ofKind(events, 'step').map(({ size }) => size),
            model.shown.map(({ sessions }) => sessions.length),
          );
        },
      ),
      { numRuns: 30 },
    ));

  it('keeps the last batch, which is smaller', async () => {
    const { events } = await trained({ epochs: 1 });
    assert.deepEqual(
      ofKind(events, 'step').map(({ epoch, step, size, presented }) => ({ epoch, step, size, presented })),
      [
        { epoch: 1, step: 1, size: 16, presented: 16 },
        { epoch: 1, step: 2, size: 16, presented: 32 },
        { epoch: 1, step: 3, size: 8, presented: 40 },
      ],
    );
  });

  it('shows a session the same way whatever the batch and its place in it', async () => {
    const [one, other] = await Promise.all([trained({ batch: 16 }), trained({ batch: 5 })]);
    assert.notDeepEqual(one.model.shown[0]!.rows, other.model.shown[0]!.rows);
    assert.deepEqual(presentations(one.model, 2), presentations(other.model, 2));
  });

  it('shows a session the same way whichever others there are', async () => {
    const all = await trained({ epochs: 1 });
    const few = await trained({ epochs: 1, sessions: indices(10, 13) });
    assert.deepEqual(presentations(few.model, 1), presentations(all.model, 1).slice(10, 13));
  });

  it('takes another order and other morphs in every epoch', async () => {
    const { model } = await trained({ epochs: 2, batch: 40 });
    const [first, second] = model.shown;
    assert.notDeepEqual(first!.sessions, second!.sessions);
    const labels = presentations(model, 2).map((text) => text.split(' ')[2]);
    assert.notDeepEqual(labels.slice(0, 40), labels.slice(40));
  });

  it('is the same again with the same seed, and another one with another', async () => {
    const [one, again, other] = await Promise.all([trained(), trained(), trained({ seed: 2 })]);
    assert.deepEqual(again.events, one.events);
    assert.deepEqual(again.model.shown, one.model.shown);
    assert.deepEqual(again.model.parameters, one.model.parameters);
    assert.notDeepEqual(other.model.shown, one.model.shown);
    assert.notDeepEqual(presentations(other.model, 2), presentations(one.model, 2));
  });

  it('learns a linear rule: who was the client before the addresses were switched', async () => {
    const presenter = presenterOf(table, {
      task: 'anomalous',
      anomalies: { normal: 0.5, kinds: { 'ip-direction-switch': 1 }, repair: [] },
    });
    const { events } = await trained({ presenter, epochs: 20, learningRate: () => 0.5 });
    const epochs: readonly EpochEvent[] = ofKind(events, 'epoch');
    assert.equal(epochs.length, 20);
    assert.equal(epochs.at(-1)!.correct, 40);
    assert.ok(epochs.at(-1)!.loss < epochs[0]!.loss / 4, `${epochs[0]!.loss} → ${epochs.at(-1)!.loss}`);
  });

  it('sums an epoch up by sessions, not by batches', async () => {
    const losses = [1, 2, 7];
    const { events } = await trained({ epochs: 1, model: fakeModel(64, (step) => losses[step - 1]!) });
    const { loss, sessions, correct, step } = ofKind(events, 'epoch')[0]!;
    assert.equal(loss, (16 * 1 + 16 * 2 + 8 * 7) / 40);
    assert.deepEqual({ sessions, step }, { sessions: 40, step: 3 });
    assert.equal(
      correct,
      ofKind(events, 'step').reduce((sum, event) => sum + event.correct, 0),
    );
  });

  it('lets signals and timers through between two steps', async () => {
    let turns = 0;
    let going = true;
    const turn = () => {
      turns++;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    await trained({ epochs: 3 });
    going = false;
    assert.ok(turns >= 9, `${turns} turns of the event loop in 9 steps`);
  });

  it('ends after a whole step when nobody asks for the next', async () => {
    const model = fakeModel(64);
    for await (const event of train({
      model,
      presenter: presenterOf(table),
      sessions: indices(0, 40),
      epochs: 9,
      batch: 16,
      learningRate: () => 0.1,
      seed: 1,
    }))
      if (event.step === 4) break;
    assert.equal(model.shown.length, 4);
  });

  for (const [what, loss, norm] of [
    ['loss is NaN', Number.NaN, 1],
    ['loss is Infinity', Number.POSITIVE_INFINITY, 1],
    ['norm of the gradient is NaN', 1, Number.NaN],
  ] as const) {
    it(`stops when the ${what}, and says where and what to do`, async () => {
      const model = fakeModel(64);
      const step = model.trainStep;
      model.trainStep = (batch, rate) => {
        const result = step(batch, rate);
        return model.shown.length === 5 ? { ...result, loss, gradientNorm: norm } : result;
      };
      await assert.rejects(trained({ model, learningRate: () => 0.25, seed: 7 }), (error) => {
        assert.ok(error instanceof FaultError);
        assert.equal(error.exitCode, ExitCode.usage);
        assert.match(error.message, /^training, seed 7, epoch 2, step 5: /);
        assert.ok(
          error.message.includes(`the ${what} at learning rate 0.25, expected a finite number; lower`),
        );
        return true;
      });
      assert.equal(model.shown.length, 5);
    });
  }

  it('refuses what makes no sense', async () => {
    await assert.rejects(trained({ sessions: indices(0, 0) }), /there are no sessions/);
    await assert.rejects(trained({ epochs: 0 }), /0 epochs/);
    await assert.rejects(trained({ batch: 0.5 }), /batches of 0.5/);
    await assert.rejects(trained({ model: fakeModel(15) }), /batches of 16 sessions, the model takes 15/);
  });

  it('takes a batch that is larger than model and data, when the data fits', async () => {
    const { model } = await trained({ model: fakeModel(40), batch: 1000, epochs: 1 });
    assert.deepEqual(
      model.shown.map(({ sessions }) => sessions.length),
      [40],
    );
  });
});
