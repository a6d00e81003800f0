/** The report as one page that needs nothing else: no network, no other file. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatCount, formatPercent, interval, plural } from '../../text/index.ts';
import { cardLines } from '../card.ts';
import { share } from '../cells.ts';
import { html, type Markup, scriptJson } from '../escape.ts';
import { fontFace, inlineSvg } from '../figures/print.ts';
import type { Figure } from '../paper/figures.ts';
import type { Material, Run } from '../paper/material.ts';
import { bestOf, type Table } from '../paper/tables.ts';
import { untitled } from '../paper/untitled.ts';
import { explorerOf } from './explorer.ts';
import { explorerMarkup } from './explorer-markup.ts';

export interface PageContents {
  readonly material: Material;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The page. @throws FaultError (data) when predictions or attention are damaged */
export async function reportPage({ material, figures, tables }: PageContents): Promise<string> {
  const first = material.cells[0]!.runs[0]!;
  const title = material.experiments.join(', ');
  const drawn: Markup[] = [];
  for (const figure of figures) drawn.push(await figureMarkup(figure));
  const letters = drawn.flatMap(({ markup }) => [...markup.matchAll(/>([^<]+)</g)].map((match) => match[1]!));
  const faces = [await fontFace([...new Set(letters.join(''))].sort().join(''), 400)];
  if (drawn.some(({ markup }) => /font-weight="(bold|700)"/.test(markup)))
    faces.push(await fontFace([...new Set(letters.join(''))].sort().join(''), 700));
  const data = explorerOf(first);
  const client = read('client.js');
  const allowed = createHash('sha256').update(client).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; font-src data:; script-src 'sha256-${allowed}'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – sessionlab</title>
<style>${{ markup: faces.join('') + read('style.css') }}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><h1>${title}</h1>
<nav aria-label="Parts of this report">${navigation(material, tables, data !== null)}</nav></header>
<main id="content" tabindex="-1">
<section id="summary"><h2>Summary</h2>${summary(material).map((sentence) => html`<p>${sentence}</p>\n`)}</section>
${attentionSection(first, material)}
${auditSection(first, material)}
<section id="tables"><h2>Tables</h2>${tables.map(tableMarkup)}</section>
<section id="figures"><h2>Figures</h2><div class="figures">${drawn}</div></section>
${data === null ? null : explorerMarkup(data, whichRun(first, material))}
<section id="sources"><h2>Where it comes from</h2>${sources(material)}</section>
</main>
${data === null ? null : html`<script type="application/json" id="sessions">${scriptJson(data)}</script>\n<script>${{ markup: client }}</script>`}
</body>
</html>
`;
  return page.markup;
}

function navigation({ cells }: Material, tables: readonly Table[], explorer: boolean): readonly Markup[] {
  const parts: readonly (readonly [string, string, boolean])[] = [
    ['summary', 'Summary', true],
    ['attention', 'Attention', (cells[0]!.runs[0]!.card?.says.length ?? 0) > 0],
    ['audit', 'Audit', cells[0]!.runs[0]!.audit !== null],
    ['tables', 'Tables', tables.length > 0],
    ['figures', 'Figures', true],
    ['explorer', 'Sessions', explorer],
    ['sources', 'Sources', true],
  ];
  return parts.filter(([, , there]) => there).map(([id, name]) => html`<a href="#${id}">${name}</a> `);
}

/** Which run is shown where one alone can be; empty where there is no other. */
function whichRun({ record }: Run, { cells }: Material): string {
  if (cells.length === 1 && cells[0]!.runs.length === 1) return '';
  const cell = cells.length === 1 ? '' : ` of the cell “${cells[0]!.name}”`;
  return `Shown is the run with seed ${record.seed}${cell}, the first.`;
}

/** What was found, in sentences. */
export function summary(material: Material): readonly string[] {
  const { cells, groups } = material;
  const runs = cells.flatMap((cell) => cell.runs);
  if (runs.length === 1) return ofRun(runs[0]!);
  if (cells.length === 1) {
    const values = (metric: string) => runs.map(({ record }) => record.evaluation?.[metric] ?? null);
    const over = (metric: string): string => {
      const known = values(metric).filter((x) => x !== null);
      if (known.length === 0) return '–';
      const mean = known.reduce((sum, x) => sum + x, 0) / known.length;
      return `${share(mean)} (${share(Math.min(...known))} … ${share(Math.max(...known))})`;
    };
    return [
      `${plural(runs.length, 'run')} of one spec with other seeds. On average, and from the least to the greatest seed: accuracy ${over('accuracy')}, recall of anomalous sessions ${over('recall')}, false positive rate ${over('falsePositiveRate')}.`,
    ];
  }
  const means = groups.map(({ metrics }) => {
    const known = [...metrics.values()].flatMap(({ accuracy }) => accuracy ?? []);
    return known.length === 0 ? null : known.reduce((sum, x) => sum + x, 0) / known.length;
  });
  const top = means.reduce<number>((best, mean, i) => ((mean ?? -1) > (means[best] ?? -1) ? i : best), 0);
  const told = bestOf(material, 'accuracy') !== null;
  return [
    `${plural(cells.length, 'cell')}, ${plural(runs.length, 'run')}. The greatest mean accuracy is ${share(means[top]!)}, of “${cells[top]!.name}”. ${
      told
        ? 'It is better than every other cell: p of the sign-flip test is at most 0.05 after Holm’s correction.'
        : 'It cannot be told from every other cell: p of the sign-flip test, after Holm’s correction, is above 0.05 for at least one.'
    }`,
  ];
}

function ofRun({ evaluation }: Run): readonly string[] {
  const { accuracy, anomalous, sessions, best, classes } = evaluation;
  const { recall, falsePositiveRate, precisionAt } = anomalous;
  const range = (of: Parameters<typeof interval>[0]) => {
    const text = interval(of, (x) => formatPercent(x, 3));
    return text === '' ? '' : `, 95% interval ${text}`;
  };
  const rare = precisionAt?.find(({ baseRate }) => baseRate === 0.01);
  const task = classes.length > 2 ? 'named the right kind of' : 'was right about';
  const { rule = null, learnt = null } = best?.find(({ kind }) => kind === null) ?? {};
  const others = [rule, learnt].flatMap((one) =>
    one === null
      ? []
      : [
          `${one.name} finds ${share(one.called)} with ${share(one.falseAlarms)} false alarms${one.by === 'oracle' ? ' (an oracle’s choice: the best on these very sessions)' : ''}`,
        ],
  );
  return [
    `The network ${task} ${formatCount(accuracy.numerator)} of ${formatCount(sessions)} test sessions (${share(accuracy.value)}${range(accuracy)}).`,
    `It called ${formatCount(recall.numerator)} of ${formatCount(recall.denominator)} anomalous sessions anomalous (${share(recall.value)}${range(recall)}), and ${formatCount(falsePositiveRate.numerator)} of ${formatCount(falsePositiveRate.denominator)} normal ones (${share(falsePositiveRate.value)}${range(falsePositiveRate)}).`,
    ...(rare?.value == null
      ? []
      : [
          `Were one session in a hundred anomalous, ${formatPercent(rare.value, 3)} of its alarms would be right${range(rare)}.`,
        ]),
    ...(others.length === 0 ? [] : [`Without a network: ${others.join('; ')}.`]),
  ];
}

function attentionSection(run: Run, material: Material): Markup | null {
  if (run.card === null) return null;
  const [head, ...lines] = cardLines(run.card, true);
  if (head === undefined) return null;
  const which = whichRun(run, material);
  return html`<section id="attention"><h2>${head}</h2>${which === '' ? null : html`<p>${which}</p>`}
<ul>${lines.map((line) => html`<li>${line.trim()}</li>`)}</ul></section>`;
}

/** What the audit of the run says, and every check with its reason. */
function auditSection({ audit, ...run }: Run, material: Material): Markup | null {
  if (audit === null) return null;
  const which = whichRun({ audit, ...run }, material);
  const rows = audit.checks.map(
    ({ status, area, name, kind, says, cure }) =>
      html`<tr><th scope="row">${area}, ${kind === null ? name : `${name}, ${kind}`}</th><td>${status}</td><td class="prose">${says}${cure === null ? '' : `; ${cure}`}</td></tr>\n`,
  );
  return html`<section id="audit"><h2>Audit</h2>${which === '' ? null : html`<p>${which}</p>`}
<ul>${audit.says.map((line) => html`<li>${line}</li>`)}</ul>
<details><summary>Every check, with its reason</summary><div class="scroll" role="region" tabindex="0" aria-labelledby="table-checks"><table><caption id="table-checks">Checks of the audit</caption>
<thead><tr><th scope="col">check</th><th scope="col">status</th><th scope="col">reason</th></tr></thead><tbody>${rows}</tbody></table></div></details></section>`;
}

function tableMarkup({ name, caption, head, align, rows }: Table): Markup {
  const side = (i: number) => (align[i] === 'r' ? 'number' : 'text');
  return html`<div class="scroll" role="region" tabindex="0" aria-labelledby="table-${name}"><table>
<caption id="table-${name}">${caption}</caption>
<thead><tr>${head.map((text, i) => (text === '' ? html`<td></td>` : html`<th scope="col" class="${side(i)}">${text}</th>`))}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map(({ text, best }, i) =>
        i === 0
          ? html`<th scope="row">${text}</th>`
          : html`<td class="${side(i)}">${best === true ? html`<strong>${text}</strong>` : text}</td>`,
      )}</tr>\n`,
  )}</tbody></table></div>`;
}

async function figureMarkup({ name, title, caption, columns, hashes, spec }: Figure): Promise<Markup> {
  const svg = await inlineSvg(untitled(spec()), name, `${title}. ${caption}`);
  return html`<figure class="columns-${columns}" id="figure-${name}"><div class="scroll picture" tabindex="0" role="group" aria-label="${title}">${{ markup: svg }}</div>
<figcaption><strong>${title}.</strong> ${caption} <span class="hash">${hashes.length > 3 ? `From ${hashes.length} runs.` : `From ${hashes.map((hash) => hash.slice(0, 12)).join(', ')}.`}</span></figcaption></figure>
`;
}

function sources({ cells }: Material): Markup {
  const rows = cells.flatMap(({ name, runs }) =>
    runs.map(({ experiment, record }) => {
      const { specHash, resultHash, seed, sessions, network, training, data } = record;
      return html`<tr><th scope="row">${name}</th><td>${experiment}</td><td class="number">${seed}</td><td class="number">${formatCount(sessions.training)}</td><td class="number">${formatCount(sessions.test)}</td><td class="number">${formatCount(network.parameters)}</td><td class="number">${training.epochs}</td><td><code>${specHash.slice(0, 12)}</code></td><td><code>${resultHash.slice(0, 12)}</code></td><td>${data.files.map(({ sha256 }) => html`<code>${sha256.slice(0, 12)}</code> `)}</td></tr>\n`;
    }),
  );
  const head = [
    'experiment',
    'seed',
    'training',
    'test',
    'parameters',
    'epochs',
    'spec',
    'result',
    'captures',
  ];
  return html`<div class="scroll" role="region" tabindex="0" aria-labelledby="table-sources"><table><caption id="table-sources">Runs, with the sessions that trained and tested, and the beginnings of their hashes (SHA-256)</caption>
<thead><tr><th scope="col">cell</th>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
