/** What captures hold, as text and as JSON. */
import type { CaptureTime } from '../capture/index.ts';
import type { Quantiles } from '../numeric/index.ts';
import { backText, type CaptureAccount, type SessionSummary } from '../session/index.ts';
import { displayPath, formatCount, plural } from '../text/index.ts';

/** Everything that inspect tells. */
export interface Inspection extends CaptureAccount, SessionSummary {
  /** Seconds; null: never. */
  readonly idleTimeout: number | null;
  /** Header bytes of packets: quantiles. */
  readonly headerBytes: Quantiles | null;
}

const MOST_FILES = 10;
const MOST_LENGTHS = 5;

/** An inspection as text for a terminal, ending with a line break. */
export function formatInspection(inspection: Inspection): string {
  const { files, packets, sessions, firstTime, lastTime, linkTypes, leftOut, warnings } = inspection;
  const lines: string[] = [];
  const fact = (name: string, text: string): void => {
    lines.push(`${name.padEnd(20)}  ${text}`);
  };
  lines.push(`${plural(files.length, 'capture')}, ${formatCount(inspection.bytes)} bytes`);
  const width = Math.max(...files.slice(0, MOST_FILES).map(({ path }) => displayPath(path).length));
  for (const file of files.slice(0, MOST_FILES))
    lines.push(
      `  ${displayPath(file.path).padEnd(width)}  ${file.format}  ${plural(file.packets, 'packet')}`,
    );
  if (files.length > MOST_FILES) lines.push(`  … and ${files.length - MOST_FILES} more (all with --json)`);
  lines.push('');
  fact('packets', `${formatCount(packets)} (${formatCount(inspection.wireBytes)} bytes on the wire)`);
  if (firstTime !== null && lastTime !== null) {
    fact('from', utc(firstTime));
    fact('to', `${utc(lastTime)} (${formatCount(seconds(firstTime, lastTime))} s)`);
  }
  for (const { linkType, name, packets: count } of linkTypes)
    fact(`link type ${linkType}`, `${name}: ${plural(count, 'packet')}`);
  const timeout =
    inspection.idleTimeout === null ? 'no idle timeout' : `idle timeout ${inspection.idleTimeout} s`;
  fact(
    'sessions',
    `${formatCount(sessions)} (TCP ${formatCount(inspection.tcp)}, UDP ${formatCount(inspection.udp)}; ${timeout})`,
  );
  fact(
    'in both directions',
    `${formatCount(inspection.bidirectional)}${inBrackets(inspection.bidirectional, sessions)}`,
  );
  const began = inspection.initiators.map(({ evidence, sessions: of }) => `${evidence} ${formatCount(of)}`);
  if (began.length > 0) fact('initiator by', began.join(', '));
  if (inspection.secondSyn > 0)
    fact('ports used again', `a second SYN in ${plural(inspection.secondSyn, 'session')}`);
  if (inspection.severalNetworks > 0)
    fact(
      'several networks',
      `VLANs or virtual networks, in ${plural(inspection.severalNetworks, 'session')}`,
    );
  if (inspection.backwards.records > 0)
    fact(
      'out of time order',
      `${plural(inspection.backwards.records, 'record')} by up to ${backText(inspection.backwards.seconds)}, in ${plural(inspection.outOfOrder.sessions, 'session')}`,
    );
  if (inspection.copies > 0)
    fact('copies of packets', `${formatCount(inspection.copies)}${inBrackets(inspection.copies, packets)}`);
  for (const { tunnel, packets: count } of inspection.tunnels)
    fact(`carried by ${tunnel}`, `${plural(count, 'packet')}${inBrackets(count, packets)}`);
  if (files.length > 1)
    fact(
      'joined across files',
      `${plural(inspection.joinedAcrossFiles, 'continuation')} of a session in another file`,
    );
  fact('packets per session', formatQuantiles(inspection.packetsPerSession));
  fact('header bytes', formatQuantiles(inspection.headerBytes));
  const common = [...inspection.headerLengths]
    .sort((a, b) => b.packets - a.packets || a.bytes - b.bytes)
    .slice(0, MOST_LENGTHS)
    .map(({ bytes, packets: count }) => `${bytes}${inBrackets(count, inspection.keptPackets)}`);
  if (common.length > 0) fact('most common', common.join(', '));
  fact(
    'packets in sessions',
    `${formatCount(inspection.keptPackets)}${inBrackets(inspection.keptPackets, packets)}`,
  );
  const left = packets - inspection.keptPackets;
  fact('packets left out', `${formatCount(left)}${inBrackets(left, packets)}`);
  for (const { reason, packets: count, first } of [...leftOut].sort((a, b) => b.packets - a.packets))
    lines.push(`  ${formatCount(count).padStart(10)}  ${reason}${first === '' ? '' : `; first ${first}`}`);
  if (warnings.length > 0) lines.push('', plural(warnings.length, 'warning'));
  for (const warning of warnings) lines.push(`  ${warning}`);
  return `${lines.join('\n')}\n`;
}

/** Times also in a form that people read. */
export function inspectionJson(inspection: Inspection): object {
  const time = (value: CaptureTime | null): object | null =>
    value === null ? null : { ...value, utc: utc(value) };
  return { ...inspection, firstTime: time(inspection.firstTime), lastTime: time(inspection.lastTime) };
}

function inBrackets(part: number, whole: number): string {
  return whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)}%)`;
}

function formatQuantiles(value: Quantiles | null): string {
  if (value === null) return 'none';
  const { min, p5, p25, p50, p75, p95, max } = value;
  return `min ${formatCount(min)}, 5% ${formatCount(p5)}, 25% ${formatCount(p25)}, median ${formatCount(p50)}, 75% ${formatCount(p75)}, 95% ${formatCount(p95)}, max ${formatCount(max)}`;
}

function seconds(from: CaptureTime, to: CaptureTime): number {
  return to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}

/** `2016-04-11T09:15:02.123456789Z`; seconds since 1970 where no calendar reaches. */
function utc({ seconds: whole, nanoseconds }: CaptureTime): string {
  const fraction = String(nanoseconds).padStart(9, '0');
  if (Math.abs(whole) > 8.64e12) return `${whole}.${fraction} s since 1970`;
  return new Date(whole * 1000).toISOString().replace(/\.\d+Z$/, `.${fraction}Z`);
}
