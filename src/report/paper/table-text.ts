/** A table as LaTeX (booktabs), Markdown and CSV. */
import { csvLine, onOneLine } from '../../text/index.ts';
import { madeFrom } from '../figures/print.ts';
import type { Table, TableCell } from './tables.ts';

/** Characters that mean something to LaTeX, and those of ours that a plain font does not have. */
const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '±': '$\\pm$',
  '−': '$-$',
  '–': '--',
  '…': '\\dots{}',
  '≤': '$\\le$',
  '“': '``',
  '”': "''",
  '’': "'",
};

/** As text of LaTeX. */
export const escapeLatex = (text: string): string =>
  onOneLine(text).replace(/[\\{}$&#_%~^<>±−–…≤“”’]/g, (c) => LATEX[c]!);

/** For \input; wants \usepackage{booktabs}. */
export function tableLatex({ name, caption, head, align, rows, hashes }: Table): string {
  const cell = ({ text, best }: TableCell) =>
    best === true ? `\\textbf{${escapeLatex(text)}}` : escapeLatex(text);
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
  return [
    `% ${madeFrom(hashes)}`,
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(caption)}}`,
    `  \\label{tab:${name}}`,
    `  \\begin{tabular}{${align}}`,
    '    \\toprule',
    `    ${line(head.map(escapeLatex))}`,
    '    \\midrule',
    ...rows.map((row) => `    ${line(row.map(cell))}`),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

/** Text of Markdown: nothing in it is a mark, a tag or the end of a cell. */
export const escapeMarkdown = (text: string): string =>
  onOneLine(text)
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

export function tableMarkdown({ caption, head, align, rows, hashes }: Table): string {
  const cell = ({ text, best }: TableCell) =>
    best === true ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = [...align].map((side) => (side === 'r' ? '--:' : ':--'));
  return [
    escapeMarkdown(caption),
    '',
    ...[line(head.map(escapeMarkdown)), line(rule), ...rows.map((row) => line(row.map(cell)))],
    '',
    `<!-- ${madeFrom(hashes)} -->`,
    '',
  ].join('\n');
}

/** Numbers as they are, not rounded. */
export function tableCsv({ head, rows }: Table): string {
  const value = ({ text, value: number }: TableCell) => (number === undefined ? text : (number ?? ''));
  return [
    head.map((name, i) => (i === 0 && name === '' ? 'name' : name)),
    ...rows.map((row) => row.map(value)),
  ]
    .map(csvLine)
    .join('');
}
