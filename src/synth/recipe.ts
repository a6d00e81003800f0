/**
 * The recipe of a synthetic network: everything that decides the bytes of its capture.
 */
import {
  type Fault,
  FaultError,
  findDayFaults,
  type RecipeDay,
  sessionsInAll,
  suggest,
} from '../spec/index.ts';
import { daysField } from './recipe-days.ts';

/** A seeded office network and what happens in it. The same recipe makes the same bytes on every machine. */
export interface SyntheticRecipe {
  /** Seed of all draws, an integer ≥ 0. Independent of the seeds of the experiment that reads the capture. */
  readonly seed: number;
  /** Sessions, each with a 5-tuple of its own; at most 10 000 a workstation. */
  readonly sessions: number;
  /** Workstations, six to a department; each keeps a stable set of servers that it talks to. */
  readonly workstations: number;
  /** Servers inside the office; the first is the directory (DNS, LDAP, Kerberos), then one role after the other. */
  readonly internalServers: number;
  /** Servers behind the gateway: web, name, mail and time servers. */
  readonly externalServers: number;
  /** Fraction of the sessions that run over IPv6, 0 … 1. */
  readonly ipv6: number;
  /** ARP, ICMP and ICMPv6 exchanges for each session, 0 … 1: packets that are no part of any session. */
  readonly noise: number;
  /** Fraction of a workstation's undertakings that go to a server outside its usual contacts, 0 … 1. */
  readonly novelty: number;
  /** Fraction of the sessions that fail, 0 … 1: connections refused, questions never answered. */
  readonly failures: number;
  /** Time of the first second, UTC, as in `2018-03-05T09:00:00Z`; the hour of the day sets how busy it is. */
  readonly start: string;
  /** Seconds in which sessions begin; the last ones run to their end after it. */
  readonly duration: number;
  /** Bytes kept of a frame, 98 (the longest headers) … 65535; lengths and checksums are those of the whole frame. */
  readonly snapLength: number;
  /** Share of the workstations from which servers and other workstations are administered, 0 … 1; none where not given. */
  readonly administrators?: number;
  /** Printers and things that report to a site of their maker, a third of them printers; none where not given. */
  readonly devices?: number;
  /** Sites, at most, that each workstation visits beside those of its department, by popularity; none where not given. */
  readonly sites?: number;
  /** Applications beside the usual ones, each with a port of its own, few of them popular; none where not given. */
  readonly applications?: number;
  /** Share of the TCP segments with data that are sent twice, 0 … 1; none where not given. */
  readonly retransmissions?: number;
  /** How many times longer than usual the client of a session pauses, at most, 1 … 1000; 1 where not given. */
  readonly pauses?: number;
  /** Whether the capture ends with `duration`, in the middle of sessions; they run to their end where not given. */
  readonly cut?: boolean;
  /** Days of the network, each with a capture of its own; where not given, there is one capture. */
  readonly days?: readonly RecipeDay[];
  /** Seconds to be added to the clock of the labels to get that of the captures; 10 800 where not given. */
  readonly clockOffset?: number;
}

/** A small office for half an hour: some 40 hosts, a capture of a few megabytes. */
export const defaultRecipe: SyntheticRecipe = {
  seed: 1,
  sessions: 4000,
  workstations: 18,
  internalServers: 8,
  externalServers: 25,
  ipv6: 0.05,
  noise: 0.05,
  novelty: 0.01,
  failures: 0.03,
  start: '2018-03-05T09:00:00Z',
  duration: 1800,
  snapLength: 112,
};

/** Fields that a recipe need not have: their absence is what they were not. */
const OPTIONAL = [
  'administrators',
  'devices',
  'sites',
  'applications',
  'retransmissions',
  'pauses',
  'cut',
  'days',
  'clockOffset',
] as const satisfies readonly (keyof SyntheticRecipe)[];
type OptionalField = (typeof OPTIONAL)[number];

/** Sessions a workstation can have: keeps every client and server pair far from running out of ephemeral ports. */
const SESSIONS_PER_WORKSTATION = 10_000;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}
const whole = (least: number, most: number): Range => ({ least, most, whole: true });
const fraction: Range = { least: 0, most: 1, whole: false };

/** A month: one more and the table of busy hours would be the largest thing in memory. */
const LONGEST = 31 * 86_400;

/**
 * The recipe with defaults for what is not given, checked.
 *
 * @param given what a JSON file holds.
 * @param place where it stands, for messages: `datasets/office.json: /recipe`.
 * @throws FaultError with all faults: unknown fields, wrong types, values out of range.
 */
export function resolveRecipe(given: Readonly<Record<string, unknown>>, place = 'recipe'): SyntheticRecipe {
  const faults = unknownFields(given, place);
  const field = (key: Exclude<keyof SyntheticRecipe, 'start' | 'days' | 'cut'>, range: Range): number => {
    const value = given[key] === undefined ? (defaultRecipe[key] ?? 0) : given[key];
    if (typeof value === 'number' && within(value, range)) return value;
    const kind = range.whole ? 'an integer' : 'a number';
    const problem = `got ${shown(value)}, must be ${kind} from ${range.least} to ${range.most}`;
    faults.push({ place: `${place}/${key}`, problem });
    return defaultRecipe[key] ?? 0;
  };
  const optional = <K extends Exclude<OptionalField, 'days' | 'cut'>>(key: K, range: Range) =>
    given[key] === undefined ? {} : ({ [key]: field(key, range) } as { readonly [key in K]: number });
  const duration = field('duration', { least: 1, most: LONGEST, whole: false });
  const recipe: SyntheticRecipe = {
    seed: field('seed', whole(0, Number.MAX_SAFE_INTEGER)),
    sessions: field('sessions', whole(1, 10_000_000)),
    workstations: field('workstations', whole(1, 1200)),
    internalServers: field('internalServers', whole(1, 200)),
    externalServers: field('externalServers', whole(1, 5000)),
    ipv6: field('ipv6', fraction),
    noise: field('noise', fraction),
    novelty: field('novelty', fraction),
    failures: field('failures', fraction),
    start: startField(given.start === undefined ? defaultRecipe.start : given.start, duration, place, faults),
    duration,
    snapLength: field('snapLength', whole(98, 65_535)),
    ...optional('administrators', fraction),
    ...optional('devices', whole(1, 200)),
    ...optional('sites', whole(1, 1000)),
    ...optional('applications', whole(1, 1000)),
    ...optional('retransmissions', fraction),
    ...optional('pauses', { least: 1, most: 1000, whole: false }),
    ...cutField(given.cut, place, faults),
    ...daysField(given.days, place, faults),
    ...optional('clockOffset', whole(-50_400, 50_400)),
  };
  if (faults.length === 0) {
    for (const { pointer, ...rest } of findDayFaults(recipe))
      faults.push({ place: place + pointer, ...rest });
  }
  const most = recipe.workstations * SESSIONS_PER_WORKSTATION;
  const sessions = sessionsInAll(recipe);
  if (sessions > most) {
    const problem = `got ${sessions}, must be at most ${most} with ${recipe.workstations} workstations`;
    faults.push({
      place: `${place}/sessions`,
      problem,
      cure: 'ask for fewer sessions or more workstations',
    });
  }
  if (faults.length > 0) throw new FaultError(faults);
  return recipe;
}

/** Seconds since 1970 of the recipe's start. */
export function startSeconds(recipe: SyntheticRecipe): number {
  return Date.parse(recipe.start) / 1000;
}

function unknownFields(given: Readonly<Record<string, unknown>>, place: string): Fault[] {
  const known = [...Object.keys(defaultRecipe), ...OPTIONAL];
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  return unknown.map((key) => {
    const near = suggest(key, known);
    const problem = `unknown key ${shown(key)}, must be one of ${known.join(', ')}`;
    const where = `${place}/${key}`;
    return near === undefined
      ? { place: where, problem }
      : { place: where, problem, cure: `did you mean "${near}"?` };
  });
}

function cutField(value: unknown, place: string, faults: Fault[]): { readonly cut?: boolean } {
  if (value === undefined) return {};
  if (typeof value === 'boolean') return { cut: value };
  faults.push({ place: `${place}/cut`, problem: `got ${shown(value)}, must be true or false` });
  return {};
}

function within(value: number, range: Range): boolean {
  return value >= range.least && value <= range.most && (!range.whole || Number.isInteger(value));
}

/** A pcap record has 32 bits for the seconds: they end in February 2106. An hour is left for the last sessions. */
function startField(value: unknown, duration: number, place: string, faults: Fault[]): string {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) {
    const time = Date.parse(value);
    const last = time / 1000 + duration + 3600;
    // The round trip refuses the 30th of February, which Date.parse may turn into a day of March.
    const exists = !Number.isNaN(time) && new Date(time).toISOString() === value.replace('Z', '.000Z');
    if (exists && time >= 0 && last < 0x1_0000_0000) return value;
  }
  const expected = 'must be a UTC time from 1970 to 2106 such as 2018-03-05T09:00:00Z';
  faults.push({ place: `${place}/start`, problem: `got ${shown(value)}, ${expected}` });
  return defaultRecipe.start;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
