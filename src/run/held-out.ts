/** The sessions that do not train: presented once, when they are first asked for, and kept until the run ends. */
import {
  createRuleVerdicts,
  createSurprises,
  everySoMany,
  learnSurprise,
  type RuleVerdicts,
  type Surprises,
} from '../baseline/index.ts';
import { createPresenter, type PresentedSessions, presentAll, validationStream } from '../training/index.ts';
import type { RunContext } from './context.ts';
import { asCaptured } from './plan.ts';

const MOST_NORMALS = 2000;

/** The test sessions, and what the baselines that need their headers say of them; null where the spec wants no baselines. */
export interface PresentedTest {
  readonly presented: PresentedSessions;
  readonly verdicts: RuleVerdicts | null;
  readonly surprises: Surprises | null;
}

export interface HeldOut {
  /** @throws Interrupted */
  test(): Promise<PresentedTest>;
  /** null without validation sessions. @throws Interrupted */
  validation(): Promise<PresentedSessions | null>;
  /**
   * Normal sessions as they were captured, to know what is usual: those of validation; without any, the last fifth of those
   * that train. At most 2,000 of them, at even distances. @throws Interrupted
   */
  normals(): Promise<PresentedSessions>;
}

export function createHeldOut({ prepared, plan, seed, interruption }: RunContext): HeldOut {
  const { sessions, split, resolved } = prepared;
  let test: PresentedTest | null = null;
  let validation: PresentedSessions | null = null;
  let normals: PresentedSessions | null = null;
  const { check } = interruption;
  return {
    async test() {
      if (test !== null) return test;
      const verdicts =
        resolved.spec.evaluation.baselines === false
          ? null
          : createRuleVerdicts(sessions, split.train, prepared.contacts.trained, split.test.length);
      const { tokens, maxPackets } = plan.present;
      const surprises =
        verdicts === null
          ? null
          : createSurprises(
              await learnSurprise({ sessions, train: split.train, tokens, maxPackets, check }),
              split.test.length,
            );
      const presented = await presentAll({
        presenter: createPresenter(plan.presentTest),
        sessions: split.test,
        seed,
        check,
        onSession(bytes, i) {
          verdicts?.note(bytes, i);
          surprises?.note(bytes, i);
        },
      });
      test = { presented, verdicts, surprises };
      return test;
    },
    async validation() {
      if (split.validation.length === 0) return null;
      validation ??= await presentAll({
        presenter: createPresenter({ ...plan.present, contacts: prepared.contacts.validation }),
        sessions: split.validation,
        seed,
        source: validationStream,
        check,
      });
      return validation;
    },
    async normals() {
      const { train, validation: held } = split;
      const last = train.subarray(Math.min(train.length - 1, Math.floor(0.8 * train.length)));
      normals ??= await presentAll({
        presenter: createPresenter(asCaptured(plan.present)),
        sessions: everySoMany(held.length > 0 ? held : last, MOST_NORMALS),
        seed,
        source: validationStream,
        check,
      });
      return normals;
    },
  };
}
