/** Makes the audit of a run, of what the run has anyway: nothing is trained for it. */
import type { Contacts } from '../anomaly/index.ts';
import type { BaselineScores } from '../baseline/index.ts';
import type { Evaluation, PresentationRecord } from '../evaluation/index.ts';
import type { SessionTable } from '../session/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import type { Clustering } from '../statistics/index.ts';
import type { PresentedSessions, PresentOptions } from '../training/index.ts';
import { type Audit, type Check, check } from './audit.ts';
import { checkKnowledge } from './knowledge.ts';
import { checkLabels } from './labels.ts';
import { checkMeans } from './means.ts';
import { pitfallsOf } from './pitfalls.ts';
import { checkOcclusion, checkReliance } from './reliance.ts';
import { checkSplit } from './split.ts';
import { summarise } from './verdict.ts';

export interface AuditInput {
  readonly spec: ExperimentSpec;
  readonly sessions: SessionTable;
  /** Indices in the table. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  /** Sessions that are there before testing begins: what test morphs should know. */
  readonly watched: Uint32Array;
  /** What morphs of training and of test know. */
  readonly contacts: { readonly training: Contacts; readonly test: Contacts };
  /** How test sessions are presented, and what came out, N of them. */
  readonly present: PresentOptions;
  readonly presented: PresentedSessions;
  /** [N]: what the network calls them; 0 is normal. */
  readonly predictions: Uint8Array;
  readonly evaluation: Evaluation;
  readonly clusterings: readonly Clustering[];
  readonly baselines: readonly BaselineScores[];
  readonly presentations: readonly PresentationRecord[];
  readonly otherNetwork: boolean;
  readonly synthetic: boolean;
  /** Called now and then; what it throws ends the work. */
  readonly check: () => void;
}

export function makeAudit(input: AuditInput): Audit {
  const { spec, sessions, train, present, presented, clusterings, presentations, evaluation } = input;
  const { kinds, kindNames } = presented;
  const labelled = present.truth != null;
  const { training, anomalies, tokens } = spec;
  const tested = { ...anomalies, kinds: present.anomalies.kinds };
  const checks: readonly Check[] = [
    ...checkSplit({ ...input, test: presented.sessions }),
    checkKnowledge(sessions, { whose: 'training', contacts: input.contacts.training, from: train }),
    labelled
      ? check({
          ...{ area: 'knowledge', name: 'test-contacts', status: 'not applicable' },
          says: 'no morph is made of the test sessions',
        })
      : checkKnowledge(sessions, { whose: 'test', contacts: input.contacts.test, from: input.watched }),
    ...checkLabels(presented, present, clusterings, input.check),
    checkChoice(spec),
    ...checkMeans({ ...input, kinds, kindNames, labelled }),
    ...checkReliance(tested, presentations, labelled),
    ...checkOcclusion(training.tokenDropout, tokens.hide, presentations),
  ];
  return {
    format: 1,
    sessions: kinds.length,
    ...summarise(checks),
    checks,
    pitfalls: pitfallsOf({ ...input, evaluation, labelled, validation: input.validation.length }, checks),
  };
}

function checkChoice({ evaluation }: ExperimentSpec): Check {
  const chosen = evaluation.epoch === 'best-on-test';
  return check({
    area: 'choice',
    name: 'epoch',
    status: chosen ? 'finding' : 'checked',
    says: chosen
      ? 'the weights are those of the epoch that did best on the test sessions'
      : 'which epoch is tested does not follow from the test sessions',
    cure: chosen ? '"evaluation": {"epoch": "last"}' : null,
  });
}
