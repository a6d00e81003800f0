/** Label formats in columns: people's own tables, CICIDS2017 and CTU-13. */
import type { ColumnFormat } from './delimited.ts';
import { parseAnyTime, parseCicTime, parseIsoTime } from './time.ts';

/**
 * A table of one's own: CSV, TSV or JSON lines. Of a field's names the first that is there counts. Among them are those of
 * nfdump (`-o csv`), Argus, Zeek (conn.log), NFStream, UNSW-NB15, ToN_IoT and Bot-IoT.
 */
export const table: ColumnFormat = {
  kind: 'a table of labels',
  columns: {
    protocol: ['protocol', 'proto', 'pr'],
    source: ['source', 'sourceip', 'sourceaddress', 'srcip', 'srcaddr', 'src', 'saddr', 'sa', 'idorigh'],
    sourcePort: ['sourceport', 'srcport', 'sport', 'sp', 'idorigp'],
    destination: [
      'destination',
      'destinationip',
      'destinationaddress',
      'dstip',
      'dstaddr',
      'dst',
      'daddr',
      'da',
      'idresph',
    ],
    destinationPort: ['destinationport', 'dstport', 'dport', 'dsport', 'dp', 'idrespp'],
    start: [
      'start',
      'starttime',
      'startdatetime',
      'time',
      'timestamp',
      'ts',
      'stime',
      'firstseen',
      'datefirstseen',
      'flowstart',
      'bidirectionalfirstseenms',
    ],
    stop: [
      'end',
      'endtime',
      'stop',
      'stoptime',
      'stopdatetime',
      'te',
      'ltime',
      'lastseen',
      'datelastseen',
      'flowend',
      'bidirectionallastseenms',
    ],
    duration: ['duration', 'dur', 'td'],
    label: ['label', 'tag', 'class', 'attack'],
  },
  needed: ['protocol', 'source', 'sourcePort', 'destination', 'destinationPort', 'label'],
  dialect: { parseTime: parseAnyTime, timeless: true },
};

/**
 * CICIDS2017, the files of GeneratedLabelledFlows (TrafficLabelling): CICFlowMeter's columns, times in minutes (seconds
 * on Monday), durations in microseconds, and `–` written as byte 0x96 or lost.
 */
export const cicids2017: ColumnFormat = {
  kind: 'a file of CICIDS2017',
  columns: {
    protocol: ['protocol'],
    source: ['sourceip', 'srcip'],
    sourcePort: ['sourceport', 'srcport'],
    destination: ['destinationip', 'dstip'],
    destinationPort: ['destinationport', 'dstport'],
    start: ['timestamp'],
    duration: ['flowduration'],
    label: ['label'],
  },
  needed: ['protocol', 'source', 'sourcePort', 'destination', 'destinationPort', 'start', 'label'],
  cure: 'take the files of GeneratedLabelledFlows: those of MachineLearningCVE have no addresses',
  dialect: {
    parseTime: parseCicTime,
    durationUnit: 1e-6,
    nameOf: (label) => label.replace(/\s*[\u2013\ufffd]\s*/g, ' - '),
    oddity: (label) => (/[\u2013\ufffd]/.test(label) ? 'a dash outside ASCII, or lost: taken as “-”' : ''),
  },
};

/**
 * CTU-13, the binetflow files of Argus. Only what a bot sent counts as a botnet's: the authors advise against the flows
 * to it (https://www.stratosphereips.org/datasets-ctu13).
 */
export const ctu13: ColumnFormat = {
  kind: 'a binetflow file of CTU-13',
  columns: {
    protocol: ['proto'],
    source: ['srcaddr'],
    sourcePort: ['sport'],
    destination: ['dstaddr'],
    destinationPort: ['dport'],
    start: ['starttime'],
    duration: ['dur'],
    label: ['label'],
  },
  needed: ['protocol', 'source', 'sourcePort', 'destination', 'destinationPort', 'start', 'label'],
  dialect: {
    parseTime: parseIsoTime,
    nameOf(label) {
      if (label === '') return '';
      if (label.startsWith('flow=From-Botnet')) return 'Botnet';
      return /^flow=(?:From-)?Normal/.test(label) ? 'Normal' : 'Background';
    },
    oddity: (label) => {
      if (label.startsWith('flow=To-')) return 'a flow to a bot or a normal host (To-…): taken as Background';
      return label.startsWith('flow=') ? '' : 'a label that does not begin with “flow=”: taken as Background';
    },
  },
};
