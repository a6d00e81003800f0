/** Rules: protocol, endpoints and time to label, for people who know what happened but have no list of flows. */
import { ExitCode, type Fault, FaultError, suggest } from '../fault/index.ts';
import type { SessionTable } from '../session/index.ts';
import { displayPath } from '../text/index.ts';
import { ADDRESS_WORDS, parseAddress } from './address.ts';
import { countLabels, How, NO_LABEL, type SessionLabels } from './join.ts';
import { type SessionFacts, sessionFacts } from './session.ts';
import { dataFault, readable, textOf } from './text.ts';
import { parseAnyTime, type Stamp } from './time.ts';

/** The rules of a file, checked. The first that fits a session labels it. */
export interface LabelRules {
  readonly rules: readonly Rule[];
  /** The label of sessions that no rule fits; null for none. */
  readonly otherwise: string | null;
}

interface Rule {
  /** 6, 17 or both. */
  readonly protocols: readonly number[];
  /** What the initiator must be. */
  readonly from: Endpoint;
  /** What the responder must be. */
  readonly to: Endpoint;
  /** Both endpoints, in either direction; null for no such condition. */
  readonly between: readonly [Endpoint, Endpoint] | null;
  /** Seconds since 1970 in the clock of the rules; a session that meets start … end fits. */
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** Any of the networks, and any of the ports. */
interface Endpoint {
  /** [4]: words, and how many of the 128 bits count. null: any address. */
  readonly network: { readonly words: Int32Array; readonly bits: number } | null;
  /** Pairs of first and last; empty: any port. */
  readonly ports: readonly (readonly [number, number])[];
}

const ANYWHERE: Endpoint = { network: null, ports: [] };
const KEYS = ['protocol', 'from', 'to', 'between', 'start', 'end', 'label', 'comment'] as const;

/**
 * Reads a file of rules: JSON, `{ "rules": [{ "protocol": "tcp", "from": "10.0.0.5", "to": "10.0.0.0/8:22",
 * "start": "2018-03-05T09:00:00", "end": "…", "label": "attack" }], "otherwise": "normal" }`.
 *
 * An endpoint is an address or network, `*` for any, and after a colon ports: `10.0.0.5`, `10.0.0.0/8:22`,
 * `*:1024-65535`, `[fe80::1]:53,5353`. `from` is the initiator, `to` the responder, `between` names two endpoints in
 * either direction. Whatever a rule does not name may be anything.
 *
 * @throws FaultError with everything that is wrong in the file
 */
export async function readRules(path: string): Promise<LabelRules> {
  let value: unknown;
  try {
    let text = '';
    for await (const piece of textOf(path)) text += piece;
    value = JSON.parse(readable(text));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw dataFault(path, `it is no JSON: ${error.message}`, 'check its commas and quotes');
    throw error;
  }
  return parseRules(value, displayPath(path));
}

/**
 * Checks rules that stand anywhere.
 *
 * @param place for messages
 * @throws FaultError with everything that is wrong
 */
export function parseRules(value: unknown, place: string): LabelRules {
  const faults: Fault[] = [];
  const fault = (pointer: string, problem: string, cure?: string): void => {
    faults.push({ place: `${place}: ${pointer}`, problem, ...(cure === undefined ? {} : { cure }) });
  };
  const whole = isObject(value) ? value : {};
  if (!isObject(value)) fault('/', 'must be an object with "rules"');
  for (const key of Object.keys(whole))
    if (key !== 'rules' && key !== 'otherwise' && key !== '$schema' && key !== 'comment')
      fault(`/${key}`, 'unknown key, must be one of rules, otherwise', near(key, ['rules', 'otherwise']));
  const otherwise = whole.otherwise ?? null;
  if (otherwise !== null && (typeof otherwise !== 'string' || otherwise === ''))
    fault('/otherwise', `got ${JSON.stringify(otherwise)}, must be a label or null`);
  if (isObject(value) && !Array.isArray(whole.rules)) fault('/rules', 'must be a list of rules');
  const list: readonly unknown[] = Array.isArray(whole.rules) ? whole.rules : [];
  const rules = list.map((item, i) => parseRule(item, `/rules/${i}`, fault));
  if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
  return { rules: rules as readonly Rule[], otherwise: otherwise as string | null };
}

type Note = (pointer: string, problem: string, cure?: string) => void;

function parseRule(item: unknown, pointer: string, fault: Note): Rule | undefined {
  if (!isObject(item)) {
    fault(pointer, `got ${JSON.stringify(item)}, must be an object with "label"`);
    return undefined;
  }
  for (const key of Object.keys(item))
    if (!(KEYS as readonly string[]).includes(key))
      fault(`${pointer}/${key}`, `unknown key, must be one of ${KEYS.join(', ')}`, near(key, KEYS));
  const { protocol, from, to, between, start, end, label } = item;
  if (typeof label !== 'string' || label === '')
    fault(`${pointer}/label`, `got ${shown(label)}, must be a text that is not empty`);
  if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp')
    fault(`${pointer}/protocol`, `got ${shown(protocol)}, must be tcp or udp`, 'leave it out for both');
  if (between !== undefined && (from !== undefined || to !== undefined))
    fault(`${pointer}/between`, 'stands beside "from" or "to"', 'use either "between" or "from" and "to"');
  if (between !== undefined && !(Array.isArray(between) && between.length === 2))
    fault(`${pointer}/between`, `got ${shown(between)}, must be a list of two endpoints`);
  const pair: readonly unknown[] | undefined = Array.isArray(between) ? between : undefined;
  return {
    protocols: protocol === undefined ? [6, 17] : protocol === 'tcp' ? [6] : [17],
    from: endpoint(from, `${pointer}/from`, fault),
    to: endpoint(to, `${pointer}/to`, fault),
    between:
      pair === undefined
        ? null
        : [
            endpoint(pair[0], `${pointer}/between/0`, fault),
            endpoint(pair[1], `${pointer}/between/1`, fault),
          ],
    start: time(start, `${pointer}/start`, fault, Number.NEGATIVE_INFINITY),
    end: time(end, `${pointer}/end`, fault, Number.POSITIVE_INFINITY),
    label: String(label),
  };
}

function endpoint(value: unknown, pointer: string, fault: Note): Endpoint {
  if (value === undefined) return ANYWHERE;
  const expected = 'must be an address, network or *, with ports after a colon, such as 10.0.0.0/8:22';
  const parts = typeof value === 'string' ? splitEndpoint(value.trim()) : undefined;
  const network = parts === undefined ? undefined : networkOf(parts.address);
  const ports = parts === undefined ? undefined : portsOf(parts.ports);
  if (network === undefined || ports === undefined) {
    fault(pointer, `got ${shown(value)}, ${expected}`);
    return ANYWHERE;
  }
  return { network, ports };
}

function splitEndpoint(text: string): { address: string; ports: string } {
  const bracket = /^\[([^\]]*)\](\/\d+)?(?::(.*))?$/.exec(text);
  if (bracket !== null) return { address: `${bracket[1]}${bracket[2] ?? ''}`, ports: bracket[3] ?? '' };
  // More than one colon: an IPv6 address without ports.
  const colon = text.indexOf(':');
  if (colon < 0 || text.indexOf(':', colon + 1) >= 0) return { address: text, ports: '' };
  return { address: text.slice(0, colon), ports: text.slice(colon + 1) || '?' };
}

function networkOf(text: string): Endpoint['network'] | undefined {
  if (text === '*') return null;
  const [address = '', prefix, ...more] = text.split('/');
  const words = new Int32Array(ADDRESS_WORDS);
  if (more.length > 0 || !parseAddress(address, words)) return undefined;
  const short = !address.includes(':');
  const most = short ? 32 : 128;
  if (prefix === undefined) return { words, bits: 128 };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > most) return undefined;
  return { words, bits: Number(prefix) + (short ? 96 : 0) };
}

function portsOf(text: string): Endpoint['ports'] | undefined {
  if (text === '' || text === '*') return [];
  const ranges: [number, number][] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last > 0xffff) return undefined;
    ranges.push([first, last]);
  }
  return ranges;
}

function time(value: unknown, pointer: string, fault: Note, none: number): number {
  if (value === undefined) return none;
  const stamp: Stamp = { seconds: 0, resolution: 0 };
  if ((typeof value === 'string' || typeof value === 'number') && parseAnyTime(String(value), stamp))
    return stamp.seconds;
  fault(pointer, `got ${shown(value)}, must be a time such as 2018-03-05T09:00:00`);
  return none;
}

/**
 * Labels sessions by rules; how is exact where a rule fits, `otherwise` or none where none does.
 *
 * @param offset seconds to be added to the rules' clock to get the capture's
 */
export function applyRules(sessions: SessionTable, rules: LabelRules, offset = 0): SessionLabels {
  const facts = sessionFacts(sessions);
  const { otherwise } = rules;
  const given = rules.rules.map((rule) => rule.label);
  const names = [...new Set(otherwise === null ? given : [...given, otherwise])].sort();
  const rank = given.map((name) => names.indexOf(name));
  const label = new Uint16Array(facts.count).fill(otherwise === null ? NO_LABEL : names.indexOf(otherwise));
  const how = new Uint8Array(facts.count).fill(otherwise === null ? How.none : How.otherwise);
  for (let s = 0; s < facts.count; s++) {
    const fits = rules.rules.findIndex((rule) => fitsRule(facts, s, rule, offset));
    if (fits < 0) continue;
    label[s] = rank[fits]!;
    how[s] = How.exact;
  }
  return { names, label, how, counts: countLabels(names, label, how) };
}

function fitsRule(facts: SessionFacts, s: number, rule: Rule, offset: number): boolean {
  const { protocols, from, to, between, start, end } = rule;
  if (!protocols.includes(facts.protocol[s]!)) return false;
  if (facts.end[s]! < start + offset || facts.start[s]! > end + offset) return false;
  if (between === null) return fitsEndpoints(facts, s, from, to);
  const [a, b] = between;
  return fitsEndpoints(facts, s, a, b) || fitsEndpoints(facts, s, b, a);
}

function fitsEndpoints(facts: SessionFacts, s: number, from: Endpoint, to: Endpoint): boolean {
  const at = s * 2 * ADDRESS_WORDS;
  return (
    fitsEndpoint(from, facts.addresses, at, facts.sourcePort[s]!) &&
    fitsEndpoint(to, facts.addresses, at + ADDRESS_WORDS, facts.destinationPort[s]!)
  );
}

function fitsEndpoint(
  { network, ports }: Endpoint,
  addresses: Int32Array,
  at: number,
  port: number,
): boolean {
  if (ports.length > 0 && !ports.some(([first, last]) => port >= first && port <= last)) return false;
  if (network === null) return true;
  for (let i = 0; i < ADDRESS_WORDS; i++) {
    const bits = Math.min(32, Math.max(0, network.bits - 32 * i));
    if (bits === 0) return true;
    if ((addresses[at + i]! ^ network.words[i]!) >>> (32 - bits) !== 0) return false;
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

function near(key: string, known: readonly string[]): string | undefined {
  const name = suggest(key, known);
  return name === undefined ? undefined : `did you mean "${name}"?`;
}
