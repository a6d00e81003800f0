/** What of `evaluation.presentations` a schema cannot express. */
import * as messages from './messages.ts';
import { below, type Located } from './pointer.ts';
import type { ExperimentSpec } from './schema.ts';

/** What is otherwise in one presentation of the test sessions. */
export type Presentation = Presentations[string];
type Presentations = NonNullable<ExperimentSpec['evaluation']['presentations']>;

const AT = '/evaluation/presentations';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Whether a presentation makes morphs of what the spec tests by its labels. */
export const presentsMorphs = ({ protocol }: Presentation): boolean => protocol !== undefined;

/** Faults of the presentations of a spec that is valid by its schema. */
export function findPresentationFaults(spec: ExperimentSpec): readonly Located[] {
  const { presentations = {} } = spec.evaluation;
  const names = new Map<string, string>();
  return Object.entries(presentations).flatMap(([name, presentation]): Located[] => {
    const pointer = below(AT, name);
    const faults = faultsOf(spec, presentation).map((fault) => ({
      ...fault,
      pointer: pointer + fault.pointer,
    }));
    if (!NAME.test(name)) faults.push({ pointer, ...messages.presentationName(name) });
    const other = names.get(name.toLowerCase());
    if (other !== undefined) faults.push({ pointer, ...messages.presentationTwice(name, other) });
    names.set(name.toLowerCase(), name);
    return faults;
  });
}

function faultsOf({ protocol, task, ...spec }: ExperimentSpec, presentation: Presentation): Located[] {
  const { anomalies = {}, tokens = {}, sessions = {}, evaluation = {}, protocol: other = {} } = presentation;
  const faults: Located[] = [];
  if ([anomalies, tokens, sessions, evaluation, other].every((part) => Object.keys(part).length === 0))
    return [{ pointer: '', ...messages.presentsNothing }];
  const atMost = (pointer: string, value: number | undefined, most: number): void => {
    const path = pointer.slice(1).replace('/', '.');
    if (value !== undefined && value > most)
      faults.push({ pointer, ...messages.presentsMore(value, most, path) });
  };
  atMost('/tokens/bytes', tokens.bytes, spec.tokens.bytes);
  atMost('/sessions/maxPackets', sessions.maxPackets, spec.sessions.maxPackets);
  if (anomalies.kinds !== undefined) {
    const pointer = '/anomalies/kinds';
    const trained = Object.keys(spec.anomalies.kinds);
    const kinds = Object.keys(anomalies.kinds);
    if (kinds.length === 0) faults.push({ pointer, ...messages.presentsNoKinds });
    if (task === 'kind')
      for (const kind of kinds)
        if (!trained.includes(kind))
          faults.push({ pointer: below(pointer, kind), ...messages.presentedKind(trained) });
  }
  if (spec.evaluation.draws !== undefined) {
    if (anomalies.kinds !== undefined)
      faults.push({ pointer: '/anomalies/kinds', ...messages.presentsDraws });
    if (evaluation.redraw === true) faults.push({ pointer: '/evaluation/redraw', ...messages.presentsDraws });
  }
  const labelled = 'labels' in protocol && protocol.labels?.test === 'labels';
  if (presentsMorphs(presentation)) {
    const pointer = '/protocol/labels/test';
    if (!labelled) faults.push({ pointer, ...messages.presentsMorphsOfMorphs });
    else if (spec.test !== undefined && spec.test.attacks === undefined)
      faults.push({ pointer, ...messages.presentsMorphsElsewhere });
  } else if (labelled) {
    if (presentation.anomalies !== undefined)
      faults.push({ pointer: '/anomalies', ...messages.presentsLabelled });
    if (evaluation.redraw === true)
      faults.push({ pointer: '/evaluation/redraw', ...messages.redrawWithLabels });
  }
  return faults;
}

/** Presentations whose lists and kinds are in one order, however they are written: that of the kinds is drawn by. */
export function presentationsInOrder(presentations: Presentations): Presentations {
  return Object.fromEntries(
    Object.entries(presentations).map(([name, presentation]) => {
      const { anomalies, tokens } = presentation;
      const { kinds, repair } = anomalies ?? {};
      const sorted = {
        ...(kinds === undefined
          ? {}
          : { kinds: Object.fromEntries(Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1))) }),
        ...(repair === undefined ? {} : { repair: repair.toSorted() }),
      };
      return [
        name,
        {
          ...presentation,
          ...(anomalies === undefined ? {} : { anomalies: { ...anomalies, ...sorted } }),
          ...(tokens?.hide === undefined ? {} : { tokens: { ...tokens, hide: tokens.hide.toSorted() } }),
        },
      ];
    }),
  );
}
