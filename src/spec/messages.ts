/** Every text that a wrong spec can answer with, in one place. */
import type { Fault } from '../fault/index.ts';
import { withoutPasswords } from '../text/index.ts';

/** A fault without its place. */
type Text = Omit<Fault, 'place'>;

// Places

export const linePlace = (file: string, line: number, column: number) =>
  `${file}: line ${line}, column ${column}`;

/** `file: /network/head`; the whole file where the pointer is empty. */
export const pointerPlace = (file: string, pointer: string) =>
  pointer === '' ? file : `${file}: ${pointer}`;

export const setPlace = (assignment: string) => `--set ${withoutPasswords(assignment)}`;

export const SEED_PLACE = '--seed';
export const CAPTURE_PLACE = '--capture';
export const DATASET_PLACE = '--dataset';

// Words

/** A value as JSON, shortened where it is long. */
function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : withoutPasswords(JSON.stringify(value));
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/** Names to choose from; of very many only how many, where the right one is about to be suggested. */
function choice(names: readonly string[], near: string | undefined): string {
  if (names.length === 1) return `"${names[0]}"`;
  return near !== undefined && names.length > 12
    ? `one of ${names.length} known names`
    : `one of ${names.join(', ')}`;
}

function didYouMean(name: string | undefined): { cure?: string } {
  return name === undefined ? {} : { cure: `did you mean "${name}"?` };
}

// JSON

/** What a JSON text may go on with. */
export const expected = {
  value: 'a value',
  item: 'a value or "]"',
  end: 'the end of the file',
  key: 'a key in double quotes',
  keyOrEnd: 'a key in double quotes or "}"',
  colon: '":" after the key',
  commaOrBrace: '"," or "}"',
  commaOrBracket: '"," or "]"',
  quote: 'the closing double quote on the same line',
  escape: 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000',
  finite: 'a number below 1.8e308',
  depth: (most: number) => `at most ${most} objects and lists within each other`,
} as const;

export function syntax(found: string | undefined, wanted: string, before: string | undefined): Text {
  const problem = `got ${found === undefined ? 'the end of the file' : quoted(found)}, expected ${wanted}`;
  const cure = syntaxCure(found, before);
  return cure === undefined ? { problem } : { problem, cure };
}

function quoted(found: string): string {
  if (found === '"') return 'a text';
  if (found.startsWith('"')) return found;
  const point = found.codePointAt(0) ?? 0;
  const unseen = found.trim() === '' || point < 0x20 || point === 0x7f;
  if (!unseen) return show(found);
  return point === 0x0a || point === 0x0d
    ? 'the end of the line'
    : `character U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}

function syntaxCure(found: string | undefined, before: string | undefined): string | undefined {
  if (found === '//' || found === '/*' || found === '#') return 'JSON has no comments: use "description"';
  if (before === ',' && (found === '}' || found === ']')) return 'remove the comma before it';
  if (found === "'" || found === '`') return 'write it with double quotes';
  return undefined;
}

export const repeatedKey = (key: string): Text => ({
  problem: `got the key ${show(key)} a second time, must occur once`,
  cure: 'remove one of the two',
});

// Files

export const noFile = (kind: string, near: string | undefined): Text => ({
  problem: `no such file, must be ${kind}`,
  cure: near === undefined ? 'check the path' : `did you mean ${near}?`,
});
export const isFolder = (kind: string): Text => ({ problem: `is a folder, must be ${kind}` });
export const tooLarge = (bytes: number, most: number): Text => ({
  problem: `has ${bytes} bytes, must have at most ${most}`,
  cure: 'is it a spec?',
});
export const notUtf8: Text = { problem: 'is not UTF-8 text', cure: 'save it with the encoding UTF-8' };
export const unreadable = (reason: string): Text => ({ problem: `cannot be read: ${reason}` });

// Schema

export const must = (value: unknown, expectation: string, cure?: string): Text => ({
  problem: `got ${show(value)}, must be ${expectation}`,
  ...(cure === undefined ? {} : { cure }),
});

export const mustBeOneOf = (value: unknown, names: readonly string[], near: string | undefined): Text => ({
  problem: `got ${show(value)}, must be ${choice(names, near)}`,
  ...didYouMean(near),
});

/** The key is right in an object of another kind. */
export const keyOfKind = (known: readonly string[], kind: unknown, homes: readonly unknown[]): Text => ({
  problem: `unknown key where "kind" is ${show(kind)}, must be ${choice(known, undefined)}`,
  cure: `it belongs to ${homes.map((home) => show(home)).join(' and ')}`,
});

/** `elsewhere`: pointers of the objects that do have the key. `closed`: why this one has no others. */
export function unknownKey(
  known: readonly string[],
  near: string | undefined,
  elsewhere: readonly string[],
  closed?: string,
): Text {
  const problem = `unknown key, must be ${choice(known, near)}`;
  if (near !== undefined) return { problem, ...didYouMean(near) };
  if (closed !== undefined) return { problem, cure: closed };
  return elsewhere.length === 0 ? { problem } : { problem, cure: `it belongs in ${elsewhere.join(' or ')}` };
}

export const missing = (expectation: string): Text => ({ problem: `missing, must be ${expectation}` });

export const repeatedItem = (value: unknown): Text => ({
  problem: `got ${show(value)} a second time, must occur once`,
  cure: 'remove it',
});

export const length = (value: readonly unknown[], limit: string, count: number): Text => ({
  problem: `got ${value.length === 0 ? 'an empty list' : `${value.length} items`}, must have ${limit} ${count}`,
});

// Checks that a schema cannot express

export const oneClass = (normal: number, only: string, task: string): Text => ({
  problem: `got ${show(normal)}, which leaves only the class "${only}" for the task "${task}", must leave at least 2`,
  cure:
    normal === 1 || task !== 'kind'
      ? 'choose a probability between 0 and 1, such as 0.5'
      : 'choose a probability above 0 or name more kinds',
});

export const noKinds = (normal: number): Text => ({
  problem: `got no kind, must name at least one where "normal" is ${show(normal)}`,
  cure: 'name a kind with its weight, such as { "ip-direction-switch": 1 }',
});

export const idsWithoutNamed = (choose: string): Text => ({
  problem: `names sessions, must be empty where "choose" is "${choose}"`,
  cure: 'set "choose" to "named"',
});

export const namedWithoutIds: Text = {
  problem: 'got an empty list, must name at least one session where "choose" is "named"',
  cure: '`sessionlab explain --list` shows ids',
};

export const noTestKinds: Text = {
  problem: 'got no kind, must name at least one, or be null',
};

export const testKindsOf = (task: string): Text => ({
  problem: `names kinds of its own, must be null for the task "${task}"`,
  cure: 'set "task" to "anomalous": a network can only name the kinds that it was trained on',
});

export const noDecoder: Text = {
  problem: 'is missing, but the task "generate" trains nothing else',
  cure: 'add "decoder": { "units": 24 } to "network", or choose the task "anomalous"',
};

export const noClassifier: Text = {
  problem: 'weighs classes, must be null for the task "generate"',
  cure: 'it trains no classifier: leave the weights out',
};

export const noPresentations: Text = {
  problem: 'are judged by a classifier, which the task "generate" does not train: must be left out',
  cure: 'choose the task "anomalous" with a decoder beside the classifier',
};

export const noAccuracy: Text = {
  problem: 'got "accuracy", must be "loss" for the task "generate"',
  cure: 'normal sessions have nothing to be recognised as: stop by the loss, nats a token',
};

export const withoutHead = (value: number | boolean): Text => ({
  problem: `got ${show(value)}, must be ${value === true ? 'false' : '0'} where "head" is empty`,
  cure: 'it acts on the dense layers: give "head" one, such as [100]',
});

export const notWithinEpochs = (value: number, epochs: number): Text => ({
  problem: `got ${value}, must be < ${epochs}, the epochs of the training`,
  cure: 'make it smaller, or train for more epochs',
});

export const stoppingWithoutValidation: Text = {
  problem: 'asks for sessions that do not train, but "validation" is 0',
  cure: 'set training.validation to 0.1, for example, or earlyStopping to null',
};

export const noClass = (classes: readonly string[], task: string): Text => ({
  problem: `is no class of this spec, must be ${choice(classes, undefined)} for the task "${task}"`,
});

export const noClassCounts: Text = {
  problem: 'got weight 0 for every class, must leave at least one that counts',
};

export const tooManySessions = (sessions: number, most: number, workstations: number): Text => ({
  problem: `got ${sessions}, must be ≤ ${most} with ${workstations} workstations`,
  cure: 'ask for fewer sessions or more workstations',
});

export const noSuchTime = (start: string): Text => ({
  problem: `got ${show(start)}, must be a time that exists`,
});

export const outOfTime = (start: string): Text => ({
  problem: `got ${show(start)}, must lie between 1970 and February 2106`,
  cure: 'captures count seconds in 32 bits',
});

export const offsetWithoutDays: Text = {
  problem: 'there are no days, and so no labels whose clock could differ',
  cure: 'leave it out, or give "days"',
};

export const beyondMidnight = (duration: number, most: number): Text => ({
  problem: `got ${show(duration)}, must be ≤ ${most}: a day begins and ends on its date in the clock of the labels`,
  cure: 'begin earlier, or make the days shorter',
});

export const repeatedDay = (value: string, key: string, first: number): Text => ({
  problem: `got ${show(value)} again, must differ from /days/${first}/${key}`,
  cure: 'files are called after it',
});

export const moreAttacks = (attacks: number, sessions: number): Text => ({
  problem: `attacks have ${attacks} sessions, must be at most the ${sessions} of the day`,
  cure: 'ask for smaller attacks or a longer day',
});

// Sweeps

export const tooManyCells = (count: number, most: number): Text => ({
  problem: `makes ${count} cells or more, must make at most ${most}`,
  cure: 'sweep fewer values, or use "zip" or "cases" for those that belong together',
});

export const unevenZip = (lengths: readonly number[]): Text => ({
  problem: `got lists of ${lengths.length === 0 ? 'nothing' : lengths.join(', ')}, must be lists of the same length, at least 1`,
});

export const extendsItself = (chain: readonly string[]): Text => ({
  problem: `extends itself: ${chain.join(' extends ')}`,
  cure: 'take "extends" out of one of them',
});

export const extendsTooDeep = (most: number): Text => ({
  problem: `is the ${most + 1}th spec in a row of specs that extend one another, must be at most the ${most}th`,
  cure: 'put what they share into one',
});

export const excludesNothing: Text = {
  problem: 'no cell has all of these values, must take away at least one',
  cure: 'compare paths and values with those of the sweep',
};

export const excludesAll: Text = { problem: 'takes every cell away, must leave at least one' };

export const isSweep = (cells: number): Text => ({
  problem: `makes ${cells} cells, must not be there where one spec is run`,
  cure: 'use sessionlab sweep',
});

// Data sets

export const noManifests = (name: string): Text => ({
  problem: `got ${show(name)}, found no folder datasets/ with manifests`,
});

export const shadowed = (name: string): Text => ({
  problem: `would stand for the data set ${show(name)} that comes with sessionlab, and says something else`,
  cure: `give it another name, or set SESSIONLAB_SHADOW=${name} if that is meant`,
});

export const otherName = (name: string, stem: string): Text => ({
  problem: `got ${show(name)}, must be ${show(stem)} like the file`,
});

export const noLabelFormat: Text = {
  problem: 'got null, must say the format where days have label files',
};

export const noDays: Text = {
  problem: 'names days, but the data set has none',
  cure: 'choose a data set with days (`sessionlab data list`), or another protocol',
};

export const dayOnBothSides = (name: string): Text => ({
  problem: `got ${show(name)}, which trains, too: must be another day`,
  cure: 'take it out of one of the two',
});

export const noLabels = (which: string): Text => ({
  problem: `asks for labels, but ${which} has none`,
  cure: `give ${which} "labels" (rules that say when who attacked whom, or a table of flows), or choose a labelled data set (\`sessionlab data list\`)`,
});

export const labelsOfTask = (task: string): Text => ({
  problem: `got "labels", must be "morphs" for the task "${task}"`,
  cure: 'set "task" to "anomalous": labels say that a session is an attack, not which anomaly it is like',
});

export const testKindsWithLabels: Text = {
  problem: 'names kinds for testing, but test sessions are what their labels say: must be null',
  cure: 'set protocol.labels.test to "morphs", or testKinds to null',
};

// Presentations

export const presentationName = (name: string): Text => ({
  problem: `got the name ${show(name)}, must be at most 100 letters, digits, ".", "_" and "-" that start with a letter or digit`,
  cure: 'a file of the run is called after it',
});

export const presentationTwice = (name: string, other: string): Text => ({
  problem: `got the name ${show(name)} beside ${show(other)}, must differ in more than capitals`,
  cure: 'files are called after both',
});

export const presentsNothing: Text = {
  problem: 'says nothing, must say what is otherwise than in the test',
  cure: 'what the spec says is tested anyway: take it out',
};

export const presentsMore = (value: number, most: number, path: string): Text => ({
  problem: `got ${value}, must be ≤ ${most}, which ${path} has: the weights know no more`,
  cure: `train on more (${path}) and present less of it`,
});

export const presentedKind = (names: readonly string[]): Text => ({
  problem: `is a kind that is not trained, must be ${choice(names, undefined)} for the task "kind"`,
  cure: 'set "task" to "anomalous": a network can only name the kinds that it was trained on',
});

export const presentsNoKinds: Text = { problem: 'got no kind, must name at least one' };

export const presentsDraws: Text = {
  problem: 'must not be there with evaluation.draws, which makes every kind of the spec of every session',
  cure: 'leave one of them out',
};

export const presentsMorphsOfMorphs: Text = {
  problem: 'must not be there where test sessions are morphs already',
  cure: 'leave it out, or set protocol.labels.test of the spec to "labels"',
};

export const presentsMorphsElsewhere: Text = {
  problem: 'must not be there where another data set tests by its labels: nobody has watched that network',
  cure: 'leave it out, or test on days of the data set that trains',
};

export const presentsLabelled: Text = {
  problem:
    'must not be there where test sessions are what their labels say: they are as captured, and nothing is done to them',
  cure: 'set protocol.labels.test to "morphs", here or for the spec, or let presentations differ in "tokens" and "sessions" alone',
};

export const redrawWithLabels: Text = {
  problem: 'got true, must not be where test sessions are what their labels say: nothing is drawn',
};

export const drawsWithLabels: Text = {
  problem: 'must not be where test sessions are what their labels say: nothing is drawn',
  cure: 'leave it out, or set protocol.labels.test to "morphs"',
};

export const drawsWithRedraw: Text = {
  problem: 'must not be with evaluation.redraw, which draws a kind anew',
  cure: 'leave one of them out',
};

export const noDrawOf = (kind: string): Text => ({
  problem: `names "split", but the protocol "${kind}" draws nothing`,
  cure: 'leave it out, or set protocol.kind to "random" or "k-fold"',
});

export const noDataToVary: Text = {
  problem: 'names "data", but the data set is not made by a recipe: its captures are what they are',
  cure: 'leave it out, or use a synthetic data set',
};

export const marginOf = (expect: string): Text =>
  expect === 'equivalent'
    ? { problem: 'missing, must be there for "equivalent"', cure: 'say which difference does not matter' }
    : { problem: `must not be there for "${expect}"`, cure: 'leave it out, or set expect to "equivalent"' };

export const comparedWithItself = (cell: string): Text => ({
  problem: `got "${cell}", must be another cell than the one that is compared`,
});

export const twoChoicesOfEpoch: Text = {
  problem: 'got "best-on-test", must not be where training.earlyStopping chooses the epoch',
  cure: 'set training.earlyStopping to null, or leave evaluation.epoch out',
};

export const observeWithLabels: Text = {
  problem: 'must not be where test sessions are what their labels say: nobody need know the network',
};

export const noSuchFold = (fold: number, folds: number): Text => ({
  problem: `got ${fold}, must be ≤ ${folds}, the number of folds`,
});

export const noPartLeft = (train: number, parts: number): Text => ({
  problem: `got ${train}, must be < ${parts}, the number of parts: one at least tests`,
});

export const noSuchPart = (test: number, train: number, parts: number): Text => ({
  problem: `got ${test}, must be from ${train + 1} to ${parts}: a part after those that train`,
});

export const overlappingElsewhere: Text = {
  problem: 'names another data set, must not be there for the protocol "overlapping"',
  cure: 'nothing overlaps between two data sets: use "chronological"',
};

export const allContaminated: Text = {
  problem: 'must not be there where all attacks train as normal sessions',
  cure: 'leave it out, or set protocol.labels.attacks to "leave-out"',
};

export const attacksOfDays: Text = {
  problem: 'must not be there for the protocol "days": all days of the data set that trains do train',
  cure: 'use "chronological", whose last sessions test',
};

export const attacksWithoutLabels: Text = {
  problem: 'asks for attacks, but labels are not used',
  cure: 'set protocol.labels.test to "labels"',
};

export const disjointTransplants: Text = {
  problem: 'must not be there where attacks are transplanted to pairs of hosts that training has met',
  cure: 'leave it out',
};

// Command line

export const notAssignment: Text = {
  problem: 'must be path=value',
  cure: 'write for example --set network.packet.units=50',
};

export const notWithin = (pointer: string, value: unknown): Text => ({
  problem: Array.isArray(value)
    ? `${pointer} is a list, must be set as a whole`
    : `${pointer} is ${show(value)}, must be an object to have keys`,
  cure: `set ${pointer.slice(1).replaceAll('/', '.')} itself`,
});

export const datasetAndCapture: Text = {
  problem: 'both --dataset and --capture say what to read',
  cure: 'leave one of them out',
};

export const emptyCapture: Text = { problem: 'got an empty text, must be a file, folder or glob' };
