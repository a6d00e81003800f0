/** Small texts that are all right, of every kind that somebody may write, change or damage, and how each is read. */
import { readdirSync, readFileSync } from 'node:fs';
import { encodeSafetensors } from '../../src/results/index.ts';
import type { Identity } from '../../src/run/checkpoint.ts';

/** How a text is built, for mutations that know. */
export type Structure = 'json' | 'lines' | 'table' | 'xml' | 'binary' | 'names';

export type Kind =
  | 'spec'
  | 'manifest'
  | 'rules'
  | 'labels'
  | 'run'
  | 'attention'
  | 'checkpoint'
  | 'journal'
  | 'names'
  | 'results';

export interface ValidText {
  readonly kind: Kind;
  /** Of the file. */
  readonly name: string;
  readonly structure: Structure;
  readonly bytes: Uint8Array;
}

export const IDENTITY: Identity = { specHash: 'a'.repeat(64), seed: 1, code: 'b'.repeat(64) };

/** A run of an older version, which has no hashes of its files: a changed one is read nevertheless. */
export const RUN = new URL('../results/fixtures/previous/c09f7ee13cb6/1/', import.meta.url);

const STRUCTURES: Readonly<Record<string, Structure>> = {
  json: 'json',
  jsonl: 'lines',
  csv: 'table',
  safetensors: 'binary',
};

export function validTexts(): readonly ValidText[] {
  return [
    ...['', 'ablations/', 'replication/'].flatMap((folder) => files('spec', `../../experiments/${folder}`)),
    ...files('manifest', '../../datasets/'),
    ...files('run', RUN.href).map((file) =>
      file.name === 'attention.jsonl' ? { ...file, kind: 'attention' as const } : file,
    ),
    text('rules', 'rules.json', 'json', RULES),
    ...LABELS.map(([name, structure, content]) => text('labels', name, structure, content)),
    {
      kind: 'checkpoint',
      name: '.checkpoint',
      structure: 'binary',
      bytes: Buffer.concat([...encodeSafetensors(CHECKPOINT)]),
    },
    ...files('run', RUN.href)
      .filter(({ name }) => name === 'journal.jsonl')
      .map((file) => ({ ...file, kind: 'journal' as const })),
    text('names', 'names', 'names', NAMES.join('\n')),
    text('results', 'results', 'names', RESULTS.join('\n')),
  ];
}

function files(kind: Kind, folder: string): readonly ValidText[] {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .sort()
    .flatMap((name) => {
      const structure = STRUCTURES[name.split('.').at(-1)!];
      return structure === undefined
        ? []
        : [{ kind, name, structure, bytes: new Uint8Array(readFileSync(new URL(name, url))) }];
    });
}

const text = (kind: Kind, name: string, structure: Structure, content: string): ValidText => ({
  kind,
  name,
  structure,
  bytes: new TextEncoder().encode(content),
});

const EPOCH = { kind: 'epoch', epoch: 1, step: 3, loss: 0.25, correct: 7, sessions: 48 };
const NOTES = { macUnknown: 1, macShared: 0, ttlUnknown: 2, vlanUnknown: 0, optionsUnknown: 0 };
/** Of the training that the checkpoint is of. */
export const SIZE = { epochs: 3, stepsPerEpoch: 3, batch: 16, sessions: 48, kinds: 1 };

/** The part of a checkpoint behind its hash. */
const CHECKPOINT = {
  parameters: [{ name: 'x', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  metadata: {
    identity: `{"code":"${IDENTITY.code}","seed":1,"specHash":"${IDENTITY.specHash}"}`,
    state: JSON.stringify({
      learning: {
        position: { epoch: 2, step: 4, presented: 16, lossSum: 0.5, correct: 3 },
        last: { event: EPOCH, validated: { loss: 0.1, accuracy: 0.9 }, tested: false },
        kept: { event: EPOCH, validated: null, tested: true },
        best: { epoch: 1, score: -0.1 },
        morphs: { presented: 5, normal: 2, drawn: [3], outcome: [3, 0], invisible: [1], notes: NOTES },
      },
      journal: { bytes: 100, lines: 5, digest: 'c'.repeat(64) },
      clock: { started: '2026-01-01T00:00:00.000Z', durations: { learning: 12.5 }, continued: [] },
    }),
  },
};

const RULES = JSON.stringify({
  rules: [
    {
      protocol: 'tcp',
      from: '10.0.0.5',
      to: '10.0.0.0/8:22',
      start: '2018-03-05T09:00:00',
      end: '2018-03-05T10:00:00',
      label: 'attack',
    },
    { between: ['[fe80::1]:53,5353', '*:1024-65535'], label: 'odd', comment: 'both' },
  ],
  otherwise: 'normal',
});

const TABLE = [
  'protocol,source,sourcePort,destination,destinationPort,start,end,label',
  'tcp,10.0.0.1,4430,10.0.0.2,80,2010-06-13T23:57:19,2010-06-14T00:11:23,Normal',
  'udp,10.0.0.1,53,10.0.0.3,53,2010-06-13T12:00:00,2010-06-13T12:00:01,"Brute, force"',
  'tcp,fd00::1,1,fd00::2,2,2010-06-13T12:00:00.5Z,2010-06-13T12:00:01+02:00,Attack',
].join('\n');

const CIC = [
  'Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Flow Duration, Label',
  '1,192.168.10.5,54865,104.16.207.165,443,6,7/7/2017 3:30,3,BENIGN',
  '2,192.168.10.5,54866,104.16.207.165,80,17,03/07/2017 08:55:58,90,Web Attack \u2013 XSS',
].join('\r\n');

const CTU = [
  'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label',
  '2011/08/10 09:46:53.047277,3550.182373,udp,212.50.71.179,39678,<->,147.32.84.229,13363,CON,0,0,12,875,413,flow=Background-UDP-Established',
  '2011/08/10 09:46:53.048843,0.000883,tcp,84.13.246.132,0x0050,<->,147.32.84.165,13363,CON,0,0,2,135,75,flow=From-Botnet-V42',
].join('\n');

const XML = `<?xml version="1.0" encoding="utf-8"?>
<dataroot generated="2011-09-27T15:54:08">
<TestbedSunJun13Flows><appName>HTTPWeb</appName><sourcePayloadAsUTF>GET / &lt;a&gt;</sourcePayloadAsUTF>
<source>192.168.5.122</source><protocolName>tcp_ip</protocolName><sourcePort>4430</sourcePort>
<destination>198.164.30.2</destination><destinationPort>80</destinationPort>
<startDateTime>2010-06-13T23:57:19</startDateTime><stopDateTime>2010-06-14T00:11:23</stopDateTime><Tag>Normal</Tag></TestbedSunJun13Flows>
<TestbedSunJun13Flows><source>10.0.0.1</source><protocolName>udp_ip</protocolName><sourcePort>53</sourcePort>
<destination>10.0.0.2</destination><destinationPort>53</destinationPort>
<startDateTime>2010-06-13T12:00:00</startDateTime><stopDateTime>2010-06-13T12:00:01</stopDateTime><Tag>Attack</Tag></TestbedSunJun13Flows>
</dataroot>
`;

const LINES = [
  { proto: 'tcp', id_orig_h: '10.0.0.1', id_orig_p: 4430, id_resp_h: '10.0.0.2', id_resp_p: 80 },
  { proto: 'udp', id_orig_h: 'fd00::1', id_orig_p: 53, id_resp_h: 'fd00::2', id_resp_p: 53 },
]
  .map((row) => JSON.stringify({ ...row, ts: 1_276_473_439.25, duration: 0.5, label: 'normal' }))
  .join('\n');

const LABELS: readonly (readonly [string, Structure, string])[] = [
  ['table.csv', 'table', TABLE],
  ['table.tsv', 'table', TABLE.replaceAll(',', '\t')],
  ['table.jsonl', 'lines', LINES],
  ['cicids2017.csv', 'table', CIC],
  ['ctu13.csv', 'table', CTU],
  ['iscx2012.xml', 'xml', XML],
];

/** Names of files, which are patterns, too. */
const NAMES = [
  'a.pcap',
  'b c.pcapng',
  'day-[1-3].pcap',
  '*.pcap',
  '{a,b}.pcap',
  '**/x?.pcap',
  'ü.pcap',
  '-rf.pcap',
  '.hidden.pcap',
  '[!a]*.pcap.gz',
  '{1..3}.pcap',
  '../a.pcap',
];

/** Files of a results folder: finished runs, repetitions, partial ones, and experiments with the names of words. */
const RESULTS = [
  'quickstart/3fa4c09f7ee1/1/run.json',
  'quickstart/3fa4c09f7ee1/2/run.json',
  'quickstart/3fa4c09f7ee1/2.differs-0123456789ab/run.json',
  'quickstart/3fa4c09f7ee1/3.partial-77/journal.jsonl',
  'quickstart/3fa4c09f7ee1/4.partial-78/run.json',
  'latest/c09f7ee13cb6/1/run.json',
  'all/c09f7ee13cb6/1/run.json',
  '.known/data.json',
  'datasets/office/capture.pcap',
];
