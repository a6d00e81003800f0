/** The tests that are asked for by name, in words. */
import type { Estimate } from '../evaluation/index.ts';
import { formatCount, formatPercent, interval } from '../text/index.ts';
import type { Level } from './card.ts';
import type { Deletion, Erased, FullCard } from './full-card.ts';
import type { Likeness } from './rank.ts';

/** Two maps order items alike from this rank correlation on. */
export const ALIKE = 0.7;

/** What all of it says. */
export function fullText({
  replaced,
  randomised,
  gradients,
  deletion,
  agreement,
}: Omit<FullCard, 'says' | 'format'>): readonly string[] {
  return [
    ...replaced.map(({ says }) => says),
    ...randomised.flatMap(({ what, likeness }) =>
      each(likeness, (level, like) => {
        const drawn = what === 'all' ? 'all weights' : 'the weights of its attention';
        return likenessText(level, like, [
          `${level} attention hardly depends on what was learned: it is alike with ${drawn} drawn anew`,
          `${level} attention depends on what was learned: it is another with ${drawn} drawn anew`,
        ]);
      }),
    ),
    ...each(gradients.likeness, (level, like) =>
      likenessText(level, like, [
        `${level} attention agrees with integrated gradients`,
        `${level} attention does not agree with integrated gradients`,
      ]),
    ),
    ...gradients.pointing.flatMap(({ finding, says }) => (finding === 'nothing' ? [] : [says])),
    deletionText(deletion),
    ...(agreement === null
      ? []
      : each(agreement.likeness, (level, like) => {
          const seeds = `${formatCount(agreement.seeds.length)} seeds`;
          return likenessText(level, like, [
            `${seeds} agree on ${level} attention`,
            `${seeds} do not agree on ${level} attention`,
          ]);
        })),
  ];
}

function each(
  of: Readonly<Partial<Record<Level, Likeness>>>,
  text: (level: Level, like: Likeness) => string,
): readonly string[] {
  return (['packet', 'session'] as const).flatMap((level) => {
    const like = of[level];
    return like === undefined ? [] : [text(level, like)];
  });
}

/** @param alike what is said of maps that order items alike, and of others */
function likenessText(
  level: Level,
  { rank, beyondPosition, top }: Likeness,
  alike: readonly [yes: string, no: string],
): string {
  const groups = level === 'packet' ? 'packets' : 'sessions';
  const numbers = `rank correlation ${rho(rank)}, ${rho(beyondPosition)} beyond what positions get; the same ${level === 'packet' ? 'token' : 'packet'} has the most in ${formatPercent(top.value, 2)} of ${groups}`;
  const { value, low } = rank;
  if (value === null) return `${alike[1]}: there is nothing to order`;
  return `${low !== null && low >= ALIKE ? alike[0] : alike[1]} (${numbers})`;
}

const two = (x: number | null): string => (x === null ? '–' : x.toFixed(2).replace('-', '−'));
function rho(e: Estimate): string {
  const range = interval(e, two);
  return `${two(e.value)}${range === '' ? '' : ` (${range})`}`;
}

function deletionText(deletion: Deletion | null): string {
  if (deletion === null)
    return 'deletion and sufficiency are not reported: the network never met hidden fields in training (training.tokenDropout), so hiding them would measure surprise';
  const told = (['deletion', 'sufficiency'] as const).map((what) => {
    const of = deletion.erased.filter((e) => e.what === what && e.by === 'attention');
    const best = of.filter(({ finding }) => finding === 'faithful').length;
    return `${what}: ${best} of ${of.length} numbers of fields are outside the band of random fields${of[0] === undefined ? '' : ` (${erasedText(of[0])})`}`;
  });
  return `fields with the most attention, ${told.join('; ')}`;
}

function erasedText({ what, fields, drop, random }: Erased): string {
  const one = `${fields} ${fields === 1 ? 'field' : 'fields'} ${what === 'deletion' ? 'hidden' : 'left'}`;
  return `${one}: P falls by ${two(drop.value)}, of random ones by ${two(random.least)} … ${two(random.greatest)}`;
}
