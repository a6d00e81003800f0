/** The schema of the days of a synthetic network, and of what attacks it on them. */
import Type from 'typebox';
import { ATTACK_KINDS } from './attack-kinds.ts';
import { choice, count, date, name, object, unknown } from './schema-parts.ts';

/** A day has at most this many sessions, a network in all. */
export const MOST_SESSIONS = 10_000_000;

const attack = object({
  kind: choice(ATTACK_KINDS, { description: 'What is done to the network.' }),
  sessions: count(1, 1_000_000, {
    description: 'Sessions that the attack consists of; they count among those of the day.',
  }),
});

const day = object({
  name: name('The capture of the day is called like it.'),
  date: date('2010-06-13', {
    description: 'The day, in the clock of the labels; the label file is named after it.',
  }),
  sessions: Type.Optional(
    count(1, MOST_SESSIONS, {
      description: 'Sessions of the day, attacks included; those of the recipe where not given.',
    }),
  ),
  attacks: Type.Array(attack, { default: [], maxItems: 100, description: 'What attacks the network.' }),
  labels: Type.Boolean({
    default: true,
    description: 'Whether there is a label file, in the XML of ISCX 2012.',
  }),
  article: unknown(
    choice(['train', 'test']),
    'What experiments in the manner of the article use the day for.',
  ),
});

export const recipeDays = Type.Array(day, {
  minItems: 1,
  maxItems: 366,
  description:
    'Days of one network, each with a capture of its own: the same hosts and habits, other sessions. The other fields hold ' +
    'for each of them; of "start" the time of day counts.',
});

export const labelOffset = Type.Integer({
  minimum: -50_400,
  maximum: 50_400,
  description:
    'Seconds to be added to the clock of the labels to get that of the captures; 10800 where not given, as in ISCX 2012, and then runs estimate it as if nobody knew.',
});
