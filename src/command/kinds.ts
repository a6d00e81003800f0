/** `sessionlab kinds`: what kinds of anomaly there are, what they edit and what else gives them away. */
import { type Kind, kindOf, kinds } from '../anomaly/index.ts';
import { FaultError, suggest } from '../fault/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION } from './options.ts';

export const command = defineCommand({
  name: 'kinds',
  description:
    'List the kinds of anomaly: their families, the header fields that they edit, the traces that they leave.',
  operands: [['[kind...]', 'only these']],
  options: [JSON_OPTION],
  notes: `
A family says what a kind is about. Of a kind that shares a family with one that trains, a test says little about how an
unknown kind is found (anomalies.testKinds). The header fields are those that make the kind what it is: where none of them
is read (tokens), nobody can see it. Traces are what gives it away without being its point; those with a name in brackets
are mended by it (anomalies.repair).`,
  examples: [
    'sessionlab kinds',
    'sessionlab kinds destination-ip-swap ttl-shift',
    `sessionlab kinds --json | jq -r '.[] | select(.families | index("header")) | .name'`,
  ],
  exitCodes: { 2: 'there is no such kind' },
  run: async (
    [names]: readonly [readonly string[]],
    { json }: { readonly json?: boolean },
    { print, printJson },
  ) => {
    const chosen = names.length === 0 ? kinds : names.map(find);
    if (json !== true) return print(chosen.map(describe).join('\n'));
    printJson(
      chosen.map(({ name, families, fields, packets, traces }) => ({
        name,
        families,
        fields,
        packets,
        traces,
      })),
      2,
    );
  },
});

function find(name: string): Kind {
  const kind = kindOf(name);
  if (kind !== undefined) return kind;
  const near = suggest(
    name,
    kinds.map((other) => other.name),
  );
  throw new FaultError({
    place: 'kinds',
    problem: `"${name}" is no kind of anomaly`,
    cure: near === undefined ? 'see sessionlab kinds' : `did you mean "${near}"?`,
  });
}

function describe({ name, families, fields, packets, traces }: Kind): string {
  const edits = [...fields, ...(packets ? ['packets'] : [])];
  return [
    `${name} (${families.join(', ')}) edits ${edits.join(', ')}`,
    ...traces.map(({ says, repair }) => `  ${says}${repair === undefined ? '' : ` [${repair}]`}`),
    '',
  ].join('\n');
}
