/** What a schema cannot express: combinations that are each allowed and make no sense together. */
import { findDayFaults, findTimeFaults, sessionsInAll } from './days.ts';
import * as messages from './messages.ts';
import { below, type Located, overlap } from './pointer.ts';
import { findPresentationFaults } from './presentations.ts';
import type { ExperimentSpec } from './schema.ts';
import type { Recipe } from './schema-data.ts';

/** One check, and the places that it reads: it says nothing while one of them is wrong by itself. */
interface Check<T> {
  readonly reads: readonly string[];
  readonly find: (value: T) => readonly Located[];
}

const specChecks: readonly Check<ExperimentSpec>[] = [
  { reads: ['/anomalies/normal', '/anomalies/kinds', '/task'], find: classesToTellApart },
  { reads: ['/attention/choose', '/attention/ids'], find: namedSessions },
  { reads: ['/anomalies/testKinds', '/task'], find: testKindsOfTask },
  { reads: ['/network/head', '/network/dropout', '/network/layerNorm'], find: headToChange },
  { reads: ['/training/schedule', '/training/epochs'], find: scheduleInTraining },
  { reads: ['/training/earlyStopping', '/training/validation', '/training/epochs'], find: stoppingRule },
  {
    reads: ['/training/classWeights', '/anomalies/normal', '/anomalies/kinds', '/task'],
    find: weightsOfClasses,
  },
  {
    reads: ['/protocol', '/task', '/anomalies/testKinds', '/evaluation/redraw', '/test'],
    find: labelsInTest,
  },
  { reads: ['/task', '/network/decoder', '/training', '/evaluation/presentations'], find: whatGenerates },
  { reads: ['/protocol', '/evaluation/draws', '/evaluation/redraw'], find: drawsOfMorphs },
  { reads: ['/protocol'], find: foldOfFolds },
  { reads: ['/protocol'], find: partsInTime },
  { reads: ['/protocol'], find: contaminated },
  { reads: ['/training/earlyStopping', '/evaluation/epoch'], find: oneChoiceOfEpoch },
  { reads: ['/protocol', '/test'], find: overlapOfOne },
  { reads: ['/protocol', '/test'], find: attacksBeside },
  {
    reads: [
      ...['/evaluation/presentations', '/tokens/bytes', '/sessions/maxPackets'],
      ...['/anomalies/kinds', '/task', '/protocol', '/evaluation/draws'],
    ],
    find: findPresentationFaults,
  },
  { reads: ['/protocol', '/vary'], find: splitThatIsDrawn },
  { reads: ['/hypotheses'], find: marginsOfHypotheses },
];

/** Sessions a workstation can have: keeps every pair of hosts far from running out of ephemeral ports. */
const SESSIONS_PER_WORKSTATION = 10_000;

const recipeChecks: readonly Check<Recipe>[] = [
  { reads: ['/sessions', '/workstations', '/days'], find: sessionsForWorkstations },
  {
    reads: ['/start', '/duration'],
    find: ({ start, duration }) => findTimeFaults('/start', start, start, Date.parse(start) / 1000, duration),
  },
  { reads: ['/sessions', '/start', '/duration', '/days', '/clockOffset'], find: findDayFaults },
];

/**
 * Faults of a spec that is valid by its schema.
 *
 * @param wrong pointers where the spec as written is not valid and a default stands in
 */
export function checkSpec(spec: ExperimentSpec, wrong: readonly string[] = []): readonly Located[] {
  const faults = run(specChecks, spec, wrong, '');
  if (typeof spec.dataset === 'string' || !('synthetic' in spec.dataset)) return faults;
  return [...faults, ...checkRecipe(spec.dataset.synthetic, '/dataset/synthetic', wrong)];
}

/** Faults of a recipe that is valid by its schema and stands at a pointer. */
export function checkRecipe(
  recipe: Recipe,
  pointer: string,
  wrong: readonly string[] = [],
): readonly Located[] {
  return run(recipeChecks, recipe, wrong, pointer);
}

function run<T>(checks: readonly Check<T>[], value: T, wrong: readonly string[], at: string): Located[] {
  return checks
    .filter(({ reads }) => !reads.some((read) => wrong.some((pointer) => overlap(pointer, at + read))))
    .flatMap(({ find }) => find(value))
    .map((fault) => ({ ...fault, pointer: at + fault.pointer }));
}

function classesToTellApart({ anomalies, task }: ExperimentSpec): readonly Located[] {
  const kinds = Object.keys(anomalies.kinds);
  if (anomalies.normal < 1 && kinds.length === 0) {
    return [{ pointer: '/anomalies/kinds', ...messages.noKinds(anomalies.normal) }];
  }
  const anomalous = anomalies.normal < 1 ? (task === 'kind' ? kinds : ['anomalous']) : [];
  const classes = [...(anomalies.normal > 0 ? ['normal'] : []), ...anomalous];
  if (classes.length > 1) return [];
  return [
    { pointer: '/anomalies/normal', ...messages.oneClass(anomalies.normal, classes[0] ?? 'normal', task) },
  ];
}

function namedSessions({ attention }: ExperimentSpec): readonly Located[] {
  const pointer = '/attention/ids';
  if (attention.choose === 'named') {
    return attention.ids.length === 0 ? [{ pointer, ...messages.namedWithoutIds }] : [];
  }
  return attention.ids.length === 0 ? [] : [{ pointer, ...messages.idsWithoutNamed(attention.choose) }];
}

function testKindsOfTask({ anomalies: { testKinds }, task }: ExperimentSpec): readonly Located[] {
  const pointer = '/anomalies/testKinds';
  if (testKinds === null) return [];
  if (Object.keys(testKinds).length === 0) return [{ pointer, ...messages.noTestKinds }];
  return task !== 'kind' ? [] : [{ pointer, ...messages.testKindsOf(task) }];
}

function headToChange({ network }: ExperimentSpec): readonly Located[] {
  const { head, dropout, layerNorm } = network;
  if (head.length > 0) return [];
  return [
    ...(dropout > 0 ? [{ pointer: '/network/dropout', ...messages.withoutHead(dropout) }] : []),
    ...(layerNorm ? [{ pointer: '/network/layerNorm', ...messages.withoutHead(layerNorm) }] : []),
  ];
}

function scheduleInTraining({ training }: ExperimentSpec): readonly Located[] {
  const { schedule, epochs } = training;
  const faults: Located[] = [];
  if (schedule.warmUp >= epochs)
    faults.push({
      pointer: '/training/schedule/warmUp',
      ...messages.notWithinEpochs(schedule.warmUp, epochs),
    });
  if (schedule.kind === 'step' && schedule.every >= epochs)
    faults.push({ pointer: '/training/schedule/every', ...messages.notWithinEpochs(schedule.every, epochs) });
  return faults;
}

function stoppingRule({ training }: ExperimentSpec): readonly Located[] {
  const { earlyStopping, validation, epochs } = training;
  if (earlyStopping === null) return [];
  if (validation === 0)
    return [{ pointer: '/training/earlyStopping', ...messages.stoppingWithoutValidation }];
  if (earlyStopping.patience < epochs) return [];
  const pointer = '/training/earlyStopping/patience';
  return [{ pointer, ...messages.notWithinEpochs(earlyStopping.patience, epochs) }];
}

function weightsOfClasses({ training, anomalies, task }: ExperimentSpec): readonly Located[] {
  const { classWeights } = training;
  if (classWeights === null || classWeights === 'balanced') return [];
  const classes = ['normal', ...(task === 'kind' ? Object.keys(anomalies.kinds) : ['anomalous'])];
  const pointer = '/training/classWeights';
  const unknown = Object.keys(classWeights).filter((name) => !classes.includes(name));
  if (unknown.length > 0)
    return unknown.map((name) => ({ pointer: below(pointer, name), ...messages.noClass(classes, task) }));
  return classes.every((name) => classWeights[name] === 0) ? [{ pointer, ...messages.noClassCounts }] : [];
}

function labelsInTest({ protocol, task, anomalies, evaluation, test }: ExperimentSpec): readonly Located[] {
  if (!('labels' in protocol) || protocol.labels?.test !== 'labels') return [];
  const faults: Located[] = [];
  if (task === 'kind') faults.push({ pointer: '/protocol/labels/test', ...messages.labelsOfTask(task) });
  if (anomalies.testKinds !== null)
    faults.push({ pointer: '/anomalies/testKinds', ...messages.testKindsWithLabels });
  if (evaluation.redraw === true)
    faults.push({ pointer: '/evaluation/redraw', ...messages.redrawWithLabels });
  if (test?.observe !== undefined) faults.push({ pointer: '/test/observe', ...messages.observeWithLabels });
  return faults;
}

function whatGenerates({ task, network, training, evaluation }: ExperimentSpec): readonly Located[] {
  if (task !== 'generate') return [];
  const { classWeights, earlyStopping } = training;
  return [
    ...(network.decoder === undefined ? [{ pointer: '/network/decoder', ...messages.noDecoder }] : []),
    ...(classWeights === null ? [] : [{ pointer: '/training/classWeights', ...messages.noClassifier }]),
    ...(evaluation.presentations === undefined
      ? []
      : [{ pointer: '/evaluation/presentations', ...messages.noPresentations }]),
    ...(earlyStopping?.metric === 'accuracy'
      ? [{ pointer: '/training/earlyStopping/metric', ...messages.noAccuracy }]
      : []),
  ];
}

function drawsOfMorphs({ protocol, evaluation }: ExperimentSpec): readonly Located[] {
  const pointer = '/evaluation/draws';
  if (evaluation.draws === undefined) return [];
  if (evaluation.redraw === true) return [{ pointer, ...messages.drawsWithRedraw }];
  const labelled = 'labels' in protocol && protocol.labels?.test === 'labels';
  return labelled ? [{ pointer, ...messages.drawsWithLabels }] : [];
}

function oneChoiceOfEpoch({ training, evaluation }: ExperimentSpec): readonly Located[] {
  if (evaluation.epoch !== 'best-on-test' || training.earlyStopping === null) return [];
  return [{ pointer: '/evaluation/epoch', ...messages.twoChoicesOfEpoch }];
}

function foldOfFolds({ protocol }: ExperimentSpec): readonly Located[] {
  if (protocol.kind !== 'k-fold' || protocol.fold <= protocol.folds) return [];
  return [{ pointer: '/protocol/fold', ...messages.noSuchFold(protocol.fold, protocol.folds) }];
}

function partsInTime({ protocol }: ExperimentSpec): readonly Located[] {
  if (protocol.kind !== 'rolling') return [];
  const { parts, train, test } = protocol;
  if (train >= parts) return [{ pointer: '/protocol/train', ...messages.noPartLeft(train, parts) }];
  if (test === undefined || (test > train && test <= parts)) return [];
  return [{ pointer: '/protocol/test', ...messages.noSuchPart(test, train, parts) }];
}

function contaminated({ protocol }: ExperimentSpec): readonly Located[] {
  if (!('labels' in protocol) || protocol.labels?.contamination === undefined) return [];
  if (protocol.labels.attacks !== 'as-normal') return [];
  return [{ pointer: '/protocol/labels/contamination', ...messages.allContaminated }];
}

function overlapOfOne({ protocol, test }: ExperimentSpec): readonly Located[] {
  if (protocol.kind !== 'overlapping' || test === undefined) return [];
  return [{ pointer: '/test', ...messages.overlappingElsewhere }];
}

function attacksBeside({ protocol, test }: ExperimentSpec): readonly Located[] {
  const pointer = '/test/attacks';
  if (test?.attacks === undefined) return [];
  if (protocol.kind === 'days') return [{ pointer, ...messages.attacksOfDays }];
  if (!('labels' in protocol) || protocol.labels?.test !== 'labels')
    return [{ pointer, ...messages.attacksWithoutLabels }];
  return test.attacks === 'transplanted' && protocol.disjoint !== undefined
    ? [{ pointer: '/protocol/disjoint', ...messages.disjointTransplants }]
    : [];
}

function splitThatIsDrawn({ protocol, vary }: ExperimentSpec): readonly Located[] {
  if (vary?.includes('split') !== true || 'seed' in protocol) return [];
  return [{ pointer: '/vary', ...messages.noDrawOf(protocol.kind) }];
}

function marginsOfHypotheses({ hypotheses = [] }: ExperimentSpec): readonly Located[] {
  return hypotheses.flatMap(({ expect, margin, cell, against }, i) => {
    const pointer = `/hypotheses/${i}`;
    const faults: Located[] = [];
    if ((expect === 'equivalent') !== (margin !== undefined))
      faults.push({ pointer: `${pointer}/margin`, ...messages.marginOf(expect) });
    if (cell === against)
      faults.push({ pointer: `${pointer}/against`, ...messages.comparedWithItself(cell) });
    return faults;
  });
}

function sessionsForWorkstations(recipe: Recipe): readonly Located[] {
  const { workstations } = recipe;
  const sessions = sessionsInAll(recipe);
  const most = workstations * SESSIONS_PER_WORKSTATION;
  if (sessions <= most) return [];
  return [{ pointer: below('', 'sessions'), ...messages.tooManySessions(sessions, most, workstations) }];
}
