/** The sessions that do not train: presented once, when they are first asked for, and kept until the run ends. */
import { collectContacts } from '../anomaly/index.ts';
import { createRuleVerdicts, type RuleVerdicts } from '../baseline/index.ts';
import { createPresenter, type PresentedSessions, presentAll, validationStream } from '../training/index.ts';
import type { RunContext } from './context.ts';

/** The test sessions, and what the rules of the baselines say of them; null where the spec wants no baselines. */
export interface PresentedTest {
  readonly presented: PresentedSessions;
  readonly verdicts: RuleVerdicts | null;
}

export interface HeldOut {
  /** @throws Interrupted */
  test(): Promise<PresentedTest>;
  /** null without validation sessions. @throws Interrupted */
  validation(): Promise<PresentedSessions | null>;
}

export function createHeldOut({ prepared, plan, seed, interruption }: RunContext): HeldOut {
  const { sessions, split, resolved } = prepared;
  let test: PresentedTest | null = null;
  let validation: PresentedSessions | null = null;
  const { check } = interruption;
  return {
    async test() {
      if (test !== null) return test;
      const verdicts =
        resolved.spec.evaluation.baselines === false
          ? null
          : createRuleVerdicts(sessions, split.train, trainingContacts(prepared), split.test.length);
      const presented = await presentAll({
        presenter: createPresenter(plan.presentTest),
        sessions: split.test,
        seed,
        check,
        ...(verdicts === null ? {} : { onSession: verdicts.note }),
      });
      test = { presented, verdicts };
      return test;
    },
    async validation() {
      if (split.validation.length === 0) return null;
      validation ??= await presentAll({
        presenter: createPresenter(plan.present),
        sessions: split.validation,
        seed,
        source: validationStream,
        check,
      });
      return validation;
    },
  };
}

/** Contacts of the training sessions alone: with anomalies.lookAhead the morphs know more. */
export function trainingContacts({ sessions, split, resolved, contacts }: RunContext['prepared']) {
  const { lookAhead = false } = resolved.spec.anomalies;
  return lookAhead ? collectContacts(sessions, split.train) : contacts;
}
