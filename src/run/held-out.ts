/** The sessions that do not train: presented once, when they are first asked for, and kept until the run ends. */
import { createRuleVerdicts, type RuleVerdicts } from '../baseline/index.ts';
import { type Origins, originsOf } from '../data/index.ts';
import { seedFor } from '../spec/index.ts';
import {
  createPresenter,
  type PresentAllOptions,
  type PresentedSessions,
  presentAll,
  rowsOf,
  validationStream,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import { eachOf } from './plan.ts';

/** Presented sessions, and what is known of them beside their tokens. */
export interface PresentedSide {
  readonly presented: PresentedSessions;
  /** What the rules of the baselines say of them; null where the spec wants no baselines. */
  readonly verdicts: RuleVerdicts | null;
  readonly origins: Origins;
}

export interface HeldOut {
  /** @throws Interrupted */
  test(): Promise<PresentedSide>;
  /** null without validation sessions. @throws Interrupted */
  validation(): Promise<PresentedSide | null>;
}

export function createHeldOut({
  prepared,
  plan,
  seed,
  interruption,
}: Pick<RunContext, 'prepared' | 'plan' | 'seed' | 'interruption'>): HeldOut {
  const { sessions, split, resolved, contacts } = prepared;
  const { baselines, draws } = resolved.spec.evaluation;
  let test: PresentedSide | null = null;
  let validation: PresentedSide | null = null;
  const { check } = interruption;
  const present = async (
    options: Pick<PresentAllOptions, 'presenter' | 'sessions' | 'seed' | 'source' | 'each'>,
  ): Promise<PresentedSide> => {
    const most = rowsOf(options.sessions.length, options);
    const verdicts =
      baselines === false ? null : createRuleVerdicts(sessions, split.train, contacts.trained, most);
    const told = verdicts === null ? {} : { onSession: verdicts.note };
    const presented = await presentAll({ ...options, check, ...told });
    return { presented, verdicts, origins: originsOf(sessions, presented.sessions, contacts.trained) };
  };
  return {
    async test() {
      test ??= await present({
        presenter: createPresenter(plan.presentTest),
        sessions: split.test,
        seed: seedFor(resolved.spec, 'test-morphs', seed),
        each: eachOf(draws),
      });
      return test;
    },
    async validation() {
      if (split.validation.length === 0) return null;
      validation ??= await present({
        presenter: createPresenter({ ...plan.present, contacts: contacts.validation }),
        sessions: split.validation,
        seed: seedFor(resolved.spec, 'training-morphs', seed),
        source: validationStream,
      });
      return validation;
    },
  };
}
