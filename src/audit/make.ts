/** Makes the audit of a run, of what the run has anyway: nothing is trained for it. */
import type { Contacts } from '../anomaly/index.ts';
import type { BaselineScores } from '../baseline/index.ts';
import type { Evaluation, PresentationRecord } from '../evaluation/index.ts';
import type { SessionTable } from '../session/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import type { Clustering } from '../statistics/index.ts';
import { plural } from '../text/index.ts';
import { derivedFields, resolveHide } from '../token/index.ts';
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
  /** Sessions and packets that `sessions.defects` took away, as the article's code does. */
  readonly defects: readonly {
    readonly reason: string;
    readonly sessions: number;
    readonly packets: number;
  }[];
  /** Waited for now and then; what it throws ends the work. */
  readonly pause: () => Promise<void>;
}

export async function makeAudit(input: AuditInput): Promise<Audit> {
  const { spec, sessions, train, present, presented, clusterings, presentations, evaluation } = input;
  const { kinds, kindNames } = presented;
  const labelled = present.truth != null;
  const { training, anomalies, tokens } = spec;
  const tested = { ...anomalies, kinds: present.anomalies.kinds };
  const reliance = checkReliance(tested, presentations, labelled);
  const checks: readonly Check[] = [
    ...(await checkSplit({ ...input, test: presented.sessions })),
    checkKnowledge(sessions, { whose: 'training', contacts: input.contacts.training, from: train }),
    labelled
      ? check({
          ...{ area: 'knowledge', name: 'test-contacts', status: 'not applicable' },
          says: 'no morph is made of the test sessions',
        })
      : checkKnowledge(sessions, { whose: 'test', contacts: input.contacts.test, from: input.watched }),
    ...(await checkLabels(presented, present, clusterings, input.pause)),
    checkDefects(input),
    checkChoice(spec),
    checkDerived(spec),
    ...acquitted(checkMeans({ ...input, kinds, kindNames, labelled }), reliance),
    ...reliance,
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

/** The repair without which a rule finds something. */
const REPAIR_OF: Readonly<Record<string, string>> = {
  'wrong-ip-checksum': 'checksum',
  'wrong-transport-checksum': 'checksum',
  'new-mac': 'mac',
  'new-ttl': 'ttl',
};

/** Traces that are there, but on which a kind does not stand: its recall does not fall without them. */
function acquitted(checks: readonly Check[], reliance: readonly Check[]): readonly Check[] {
  return checks.map((one) => {
    if (one.area !== 'traces' || one.status !== 'finding') return one;
    const asked = reliance.filter(({ name, kind }) => name === REPAIR_OF[one.name] && kind === one.kind);
    if (asked.length === 0 || asked.some(({ status }) => status !== 'checked')) return one;
    return { ...one, status: 'checked', says: `${one.says}; but ${asked[0]!.says}` };
  });
}

/** Whether a network is shown what follows from fields that it should not see. */
function checkDerived({ tokens }: ExperimentSpec): Check {
  const shown = tokens.derived === 'show' ? derivedFields(resolveHide(tokens.hide)) : [];
  return check({
    area: 'traces',
    name: 'derived-fields',
    status: shown.length > 0 ? 'finding' : tokens.hide.length === 0 ? 'not applicable' : 'checked',
    says:
      shown.length > 0
        ? `${shown.join(', ')} are shown and follow from hidden fields: what is done to these can be read there`
        : tokens.hide.length === 0
          ? 'no field is hidden'
          : 'nothing that follows from hidden fields is shown',
    cure: shown.length > 0 ? '"tokens": {"derived": "hide"}' : null,
  });
}

/** Whether sessions are left out, or cut, that are there. */
function checkDefects({ spec, defects }: AuditInput): Check {
  const wanted = spec.sessions.defects ?? [];
  const texts = defects.map(
    ({ reason, sessions, packets }) =>
      `${plural(sessions, 'session')}, ${plural(packets, 'packet')}: ${reason}`,
  );
  return check({
    area: 'split',
    name: 'left-out-sessions',
    status: wanted.length > 0 ? 'finding' : 'checked',
    says:
      wanted.length > 0
        ? `sessions or packets are left out that are there (${wanted.join(', ')}): ${texts.join('; ')}`
        : 'nothing is left out but what run.json counts',
    cure: wanted.length > 0 ? '"sessions": {"defects": []}' : null,
  });
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
