/**
 * ISCX IDS 2012 labels (Shiravi, Shiravi, Tavallaee, Ghorbani, Computers & Security 31(3), 2012): XML with a root, an
 * element for each flow and an element for each of its fields.
 *
 * The published files are not all well-formed, nor of one form. Whatever a flow can be read from is read, and
 * everything odd is counted.
 */
import { basename } from 'node:path';
import { SaxesParser } from 'saxes';
import { createRecord, type Dialect, type LabelBuilder, type RawRecord } from './builder.ts';
import { PayloadStripper } from './payload.ts';
import { dataFault, textOf } from './text.ts';
import { parseIsoTime } from './time.ts';

/** The fields of a flow, and where those that count go. */
const FIELDS: Readonly<Record<string, keyof RawRecord | null>> = {
  appName: null,
  totalSourceBytes: null,
  totalDestinationBytes: null,
  totalDestinationPackets: null,
  totalSourcePackets: null,
  sourcePayloadAsBase64: null,
  sourcePayloadAsUTF: null,
  destinationPayloadAsBase64: null,
  destinationPayloadAsUTF: null,
  direction: null,
  sourceTCPFlagsDescription: null,
  destinationTCPFlagsDescription: null,
  source: 'source',
  protocolName: 'protocol',
  sourcePort: 'sourcePort',
  destination: 'destination',
  destinationPort: 'destinationPort',
  startDateTime: 'start',
  stopDateTime: 'stop',
  Tag: 'label',
};
const NAMES = Object.keys(FIELDS);
const NUMBER_OF = new Map(NAMES.map((name, number) => [name, number]));

const dialect: Dialect = { parseTime: parseIsoTime };

/** The parts of an XML parser's state that reading needs. */
interface State {
  depth: number;
  root: string;
  /** Name of the open flow's element; '' outside. */
  flow: string;
  /** Number of the open field, −1 for none that is known. */
  field: number;
  text: string;
  /** Bit n: field n was there. */
  seen: number;
  /** Flows so far. */
  flows: number;
}

/** Reads a file into the builder. */
export async function readIscxXml(path: string, builder: LabelBuilder): Promise<void> {
  const stripper = new PayloadStripper();
  const parser = new SaxesParser({ position: false });
  const state: State = { depth: 0, root: '', flow: '', field: -1, text: '', seen: 0, flows: 0 };
  const elements = new Map<string, number>();
  listen(parser, state, elements, builder, path);
  for await (const piece of textOf(path)) {
    const text = stripper.push(piece);
    if (text !== '') parser.write(text);
    if (state.root === '' && state.depth === 0 && builder.records === 0 && looksForeign(text))
      throw notXml(path);
  }
  parser.write(stripper.end());
  const whole = state.depth === 0;
  parser.close();
  if (state.root === '') throw notXml(path);
  if (state.root !== 'dataroot' && state.flows === 0)
    throw dataFault(
      path,
      `its root is <${state.root.slice(0, 40)}> and it has no flows, must be labels of ISCX 2012`,
      'get the file again',
    );
  if (!whole) builder.tolerated.add('the file ends in the middle', builder.place);
  const { zeros, markup, unclosed } = stripper.stripped;
  if (zeros > 0) builder.tolerated.add('bytes 0x00, which XML forbids: taken out', () => path, zeros);
  if (markup > 0) builder.tolerated.add('payloads with markup in them', () => path, markup);
  if (unclosed > 0) builder.tolerated.add('payloads that do not end', () => path, unclosed);
  noteElements(elements, path, builder);
}

const looksForeign = (text: string): boolean => text.trim() !== '' && !/^\s*</.test(text);

const notXml = (path: string) =>
  dataFault(path, 'it is no XML, must be labels of ISCX 2012', 'check the format of the labels');

function listen(
  parser: SaxesParser,
  state: State,
  elements: Map<string, number>,
  builder: LabelBuilder,
  path: string,
): void {
  const record = createRecord();
  parser.on('error', (error) => {
    if (state.root !== '' || state.depth > 0)
      builder.tolerated.add(`XML: ${error.message.replace(/\.$/, '')}`, builder.place);
  });
  parser.on('opentag', ({ name }) => {
    state.depth++;
    if (state.depth === 1) {
      state.root = name;
      if (name !== 'dataroot') builder.tolerated.add(`the root is called ${name}, not dataroot`, () => path);
    } else if (state.depth === 2) {
      state.flow = name;
      state.seen = 0;
      for (const field of Object.keys(record) as (keyof RawRecord)[]) record[field] = '';
    } else {
      state.text = '';
      state.field = NUMBER_OF.get(name) ?? -1;
      if (state.field < 0) builder.tolerated.add(`unknown field ${name.slice(0, 40)}`, builder.place);
    }
  });
  parser.on('text', (text) => {
    state.text += text;
  });
  parser.on('closetag', ({ name }) => {
    if (state.depth === 2) {
      elements.set(state.flow, (elements.get(state.flow) ?? 0) + 1);
      endFlow(state, record, builder);
      state.flow = '';
    } else if (state.depth > 2 && state.field >= 0) {
      const known = NUMBER_OF.get(name) ?? state.field;
      const bit = 1 << known;
      if ((state.seen & bit) !== 0)
        builder.tolerated.add(`field ${NAMES[known]} twice: the last counts`, builder.place);
      state.seen |= bit;
      const target = FIELDS[NAMES[known]!];
      if (target !== null && target !== undefined) record[target] = state.text.trim();
      state.field = -1;
    }
    state.depth--;
  });
}

/** Bits of all fields. */
const ALL = (1 << NAMES.length) - 1;

function endFlow(state: State, record: RawRecord, builder: LabelBuilder): void {
  if (state.seen === 0) {
    builder.refuse(`element ${state.flow.slice(0, 40)} without any field of a flow`);
    return;
  }
  state.flows++;
  builder.add(record, dialect);
  for (let missing = ALL & ~state.seen; missing !== 0; missing &= missing - 1)
    builder.tolerated.add(`no field ${NAMES[31 - Math.clz32(missing & -missing)]}`, builder.place);
}

/** Flows are named after their file, but not all of them. */
function noteElements(elements: ReadonlyMap<string, number>, path: string, builder: LabelBuilder): void {
  const stem = basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.xml$/i, '');
  const usual = new Set([stem, stem.replace(/-\d+(?=Flows$)/, '')]);
  for (const [name, times] of elements)
    if (!usual.has(name)) builder.tolerated.add(`flows are called ${name}, not ${stem}`, () => path, times);
}
