/**
 * The ten pitfalls of machine learning in security (D. Arp et al., 2022, "Dos and Don'ts of Machine Learning in Computer
 * Security", USENIX Security), filled in from a run: what was looked at, what stands, and what nobody can tell from it.
 */
import type { Evaluation } from '../evaluation/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import { formatCount, plural } from '../text/index.ts';
import type { Area, Check, Pitfall, Status } from './audit.ts';

export interface PitfallFacts {
  readonly spec: ExperimentSpec;
  readonly evaluation: Evaluation;
  readonly synthetic: boolean;
  readonly otherNetwork: boolean;
  readonly validation: number;
  readonly labelled: boolean;
}

export function pitfallsOf(facts: PitfallFacts, checks: readonly Check[]): readonly Pitfall[] {
  const { spec, evaluation, synthetic, otherNetwork, validation, labelled } = facts;
  const { training } = spec;
  const hosts = evaluation.anomalous.recall.clustered;
  const of = (...areas: readonly Area[]) => checks.filter(({ area }) => areas.includes(area));
  const left = checks.find(({ name, status }) => name === 'left-out-sessions' && status === 'finding');
  const row = (name: string, status: Status, says: string): Pitfall => ({ name, status, says });
  return [
    row(
      'sampling bias',
      left === undefined ? 'open' : 'finding',
      left?.says ??
        `${synthetic ? 'the capture is synthetic: it stands for no network' : 'one place, one time'}; ${formatCount(evaluation.sessions)} test sessions${hosts === undefined ? '' : ` of ${plural(hosts.clusters, hosts.by)}`}; intervals are about other hosts of the same network`,
    ),
    labelled
      ? row(
          'label inaccuracy',
          'open',
          'labels are those of the data set; joins and conflicts are counted in run.json (labels)',
        )
      : summed(
          'label inaccuracy',
          of('labels'),
          'labels are set by what was done; normal sessions are taken as benign',
        ),
    summed(
      'data snooping',
      of('split', 'knowledge', 'choice'),
      'split in time, and nothing of the test is known before',
    ),
    summed(
      'spurious correlations',
      of('traces', 'reliance'),
      'no trace of the edits tells a kind, and no kind stands on one',
    ),
    row(
      'biased parameter selection',
      spec.evaluation.epoch === 'best-on-test' ? 'finding' : validation > 0 ? 'checked' : 'open',
      spec.evaluation.epoch === 'best-on-test'
        ? 'the epoch was chosen by looking at the test sessions'
        : validation > 0
          ? `epoch and threshold are chosen on ${plural(validation, 'validation session')}; how the other settings of the spec were found, a run does not know`
          : `nothing is chosen within the run (${plural(training.epochs, 'epoch')}); how the settings of the spec were found, a run does not know ("training": {"validation": 0.1})`,
    ),
    summed('inappropriate baseline', of('baselines'), 'the network is for sure ahead of every simpler means'),
    row(
      'inappropriate performance measures',
      evaluation.ranking === null ? 'open' : 'checked',
      'recall, false positive rate, MCC and AUC stand beside accuracy, each with an interval clustered by host',
    ),
    row(
      'base rate fallacy',
      evaluation.anomalous.precisionAt.length > 0 ? 'checked' : 'open',
      `precision is also given for ${evaluation.anomalous.precisionAt.map(({ baseRate }) => `${100 * baseRate}%`).join(', ')} anomalous sessions`,
    ),
    row(
      'lab-only evaluation',
      'open',
      `${labelled ? 'attacks are those of a data set' : 'anomalies are edited sessions'}, ${otherNetwork ? 'tested on another network' : 'tested on the network that trained'}: \`sessionlab score\` on captures of another time and place tells more`,
    ),
    row(
      'inappropriate threat model',
      'open',
      'nobody here adapts to the network: what an attacker does who knows it, the run does not say',
    ),
  ];
}

/** A finding where one of the checks is, else open where one is open. */
function summed(name: string, checks: readonly Check[], well: string): Pitfall {
  const names = (status: Status): readonly string[] => [
    ...new Set(
      checks
        .filter((one) => one.status === status)
        .map((one) => (one.kind === null ? one.name : `${one.name} (${one.kind})`)),
    ),
  ];
  const [found, open] = [names('finding'), names('open')];
  if (found.length > 0) return { name, status: 'finding', says: found.join(', ') };
  if (open.length > 0) return { name, status: 'open', says: `not known: ${open.join(', ')}` };
  return checks.some(({ status }) => status === 'checked')
    ? { name, status: 'checked', says: well }
    : { name, status: 'not applicable', says: checks[0]?.says ?? 'there is nothing of the kind' };
}
