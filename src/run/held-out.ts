/** The sessions that do not train: presented once, when they are first asked for, and kept until the run ends. */
import {
  createRuleVerdicts,
  createSurprises,
  everySoMany,
  learnSurprise,
  type RuleVerdicts,
  type SurpriseModel,
  type Surprises,
} from '../baseline/index.ts';
import { type Origins, originsOf } from '../data/index.ts';
import {
  createPresenter,
  type PresentedSessions,
  presentAll,
  rowsOf,
  validationStream,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import { type PartName, partOf } from './parts.ts';
import { asCaptured } from './plan.ts';

const MOST_NORMALS = 2000;

/** Presented sessions, and what is known of them beside their tokens. */
export interface PresentedSide {
  readonly presented: PresentedSessions;
  /** What the rules of the baselines say of them; null where the spec wants no baselines. */
  readonly verdicts: RuleVerdicts | null;
  /** What surprised in them; null where the spec wants no baselines. */
  readonly surprises: Surprises | null;
  readonly origins: Origins;
}

export interface HeldOut {
  /** @throws Interrupted */
  test(): Promise<PresentedSide>;
  /** null without validation sessions. @throws Interrupted */
  validation(): Promise<PresentedSide | null>;
  /**
   * Normal sessions as they were captured, to know what is usual: those of validation; without any, the last fifth of those
   * that train. At most 2,000 of them, at even distances. @throws Interrupted
   */
  normals(): Promise<PresentedSessions>;
}

export function createHeldOut({
  prepared,
  plan,
  seed,
  interruption,
}: Pick<RunContext, 'prepared' | 'plan' | 'seed' | 'interruption'>): HeldOut {
  const { sessions, split, resolved, contacts } = prepared;
  const { baselines } = resolved.spec.evaluation;
  let test: PresentedSide | null = null;
  let validation: PresentedSide | null = null;
  let normals: PresentedSessions | null = null;
  let surprise: SurpriseModel | null = null;
  const { check } = interruption;
  const presentPart = async (part: PartName): Promise<PresentedSide> => {
    const { present, ...how } = partOf(prepared, plan, part, seed);
    const options = { ...how, presenter: createPresenter(present) };
    const most = rowsOf(options.sessions.length, options);
    const verdicts =
      baselines === false ? null : createRuleVerdicts(sessions, split.train, contacts.trained, most);
    const { tokens, maxPackets } = plan.present;
    if (verdicts !== null)
      surprise ??= await learnSurprise({ sessions, train: split.train, tokens, maxPackets, check });
    const surprises = surprise === null ? null : createSurprises(surprise, most);
    const presented = await presentAll({
      ...options,
      check,
      onSession(bytes, i) {
        verdicts?.note(bytes, i);
        surprises?.note(bytes, i);
      },
    });
    return {
      presented,
      verdicts,
      surprises,
      origins: originsOf(sessions, presented.sessions, contacts.trained),
    };
  };
  return {
    async test() {
      test ??= await presentPart('test');
      return test;
    },
    async validation() {
      if (split.validation.length === 0) return null;
      validation ??= await presentPart('validation');
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
