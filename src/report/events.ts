/** What a run or a sweep tells while it goes on, in words: facts, lines that stay, and the status line. */

import { comparePublished, transfersOf } from '../evaluation/index.ts';
import { ExitCode, formatFault } from '../fault/index.ts';
import { RUN_FILE } from '../results/index.ts';
import type { RunEvent, RunResult } from '../run/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import type { SweepEvent } from '../sweep/index.ts';
import {
  displayPath,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatScore,
  type Reporter,
} from '../text/index.ts';
import { auditLines } from './audit.ts';
import { cardLines } from './card.ts';
import { describePrepared } from './data.ts';
import { formatDetection, formatEvaluation } from './evaluation.ts';
import { formatFindings } from './findings.ts';
import { formatDelays, formatPresentations } from './presentations.ts';
import { formatPublished } from './published.ts';
import { describeEngine, describeMorphs, describeResult } from './run.ts';
import { formatSummary } from './summary.ts';
import { formatTransfers } from './transfer.ts';

/** Warnings about the data that are shown. */
const MOST_WARNINGS = 10;

/**
 * Tells everything of the runs of one spec.
 *
 * @param full whether every table is printed, and a line for every epoch, not only what fits a screen
 */
export function specReport(reporter: Reporter, full = false): (event: SweepEvent) => void {
  let engineTold = false;
  let lastLine = performance.now();
  let spec: ExperimentSpec | null = null;
  const cell = (event: RunEvent) => {
    switch (event.kind) {
      case 'prepared': {
        const { warnings, resolved } = event.prepared;
        spec = resolved.spec;
        reporter.fact(`${describePrepared(event.prepared, event.plan)}\n`);
        for (const warning of warnings.slice(0, MOST_WARNINGS)) reporter.line(`warning: ${warning}`);
        const more = warnings.length - MOST_WARNINGS;
        if (more > 0) reporter.line(`warning: … and ${more} more: all are in ${RUN_FILE}`);
        return;
      }
      case 'engine':
        if (engineTold) return;
        engineTold = true;
        reporter.fact(`${describeEngine(event.facts)}\n`);
        for (const note of event.facts.notes) reporter.line(`note: ${note}`);
        return;
      default: {
        const waited = performance.now() - lastLine >= LONG;
        const line = full || waited || !isBetween(event) ? lineOf(event) : null;
        if (line === null) {
          reporter.status(() => statusOf(event) ?? '');
          return;
        }
        lastLine = performance.now();
        reporter.line(line);
      }
    }
  };
  const others = sweepReport(reporter);
  return (event) => {
    if (event.kind === 'cell') cell(event.event);
    else if (event.kind !== 'ran') others(event);
    else {
      const { result, differs } = event;
      if (result !== null && spec !== null) reporter.fact(describeEnded(result, spec, full));
      if (differs !== null && differs.exitCode !== ExitCode.defect)
        reporter.line(`note: ${differs.faults.map(formatFault).join('; ')}`);
    }
  };
}

/** Epochs that have a line of their own on a screen, the last one beside. */
const MOST_EPOCHS = 5;
/** Milliseconds after which an epoch has a line in any case: who reads a log wants to know that it goes on. */
const LONG = 20_000;

/** An epoch that only changes the status: between two of those that have a line. */
function isBetween(event: RunEvent): boolean {
  if (event.kind !== 'epoch') return false;
  const { epoch, epochs } = event;
  return epoch < epochs && epoch % Math.ceil(epochs / MOST_EPOCHS) !== 0;
}

function describeEnded(run: RunResult, spec: ExperimentSpec, full: boolean): string {
  const { seed, evaluation, detection, findings, morphs } = run;
  if (!full) return describeShort(run, spec);
  const parts = [
    `\n${spec.seeds.length > 1 ? `Seed ${seed}\n\n` : ''}${formatEvaluation(evaluation)}\n`,
    ...(spec.task !== 'kind' ? [`${formatDetection(detection)}\n`] : []),
    `${formatFindings({ anomalous: evaluation.anomalous, detection }, findings)}\n`,
    ...presentedParts(run),
    ...cardParts(run, true),
    ...auditParts(run),
    ...(spec.published === undefined
      ? []
      : [`${formatPublished(comparePublished(evaluation, spec.published))}\n`]),
    `${describeMorphs(morphs)}${describeResult(run)}\n`,
  ];
  return parts.join('');
}

/** What the attention shows, where any is learned; with its numbers or without. */
function cardParts({ card }: RunResult, full: boolean): readonly string[] {
  const said = card === null ? [] : cardLines(card, full);
  return said.length === 0 ? [] : [`${said.join('\n')}\n\n`];
}

/** What stands against the score. */
const auditParts = ({ audit }: RunResult): readonly string[] =>
  audit === null ? [] : [`${auditLines(audit).join('\n')}\n\n`];

/** What other presentations of the test sessions tell, where there are some. */
function presentedParts({ evaluation, findings, presentations }: RunResult): readonly string[] {
  const transfers = transfersOf(evaluation, findings, presentations);
  return [
    formatPresentations(presentations),
    formatDelays(presentations),
    formatTransfers(transfers, findings.best),
  ]
    .filter((text) => text !== '')
    .map((text) => `${text}\n`);
}

function describeShort(run: RunResult, spec: ExperimentSpec): string {
  const { seed, evaluation, detection, findings, morphs } = run;
  const parts = [
    `\n${spec.seeds.length > 1 ? `Seed ${seed}\n\n` : ''}${formatSummary(evaluation, detection, findings)}\n`,
    ...presentedParts(run),
    ...cardParts(run, false),
    ...auditParts(run),
    ...(spec.published === undefined
      ? []
      : [`${formatPublished(comparePublished(evaluation, spec.published))}\n`]),
    `${describeMorphs(morphs)}${describeResult(run)}`,
    `  every table: sessionlab evaluate ${displayPath(run.folder)}\n`,
  ];
  return parts.join('');
}

/** What begins a line where there are several seeds. */
const prefixOf = (seed: number | null): string => (seed === null ? '' : `seed ${seed}  `);

/** The line that an event is worth; null where it only changes the status. */
function lineOf(event: RunEvent): string | null {
  switch (event.kind) {
    case 'cache-refused':
      return `note: ${displayPath(event.path)} ${event.why}; the captures are read again`;
    case 'checkpoint-refused':
      return `warning: ${displayPath(event.path)} ${event.why}: the run starts anew`;
    case 'continued':
      return `seed ${event.seed} goes on after step ${event.step}`;
    case 'early-stop':
      return `${prefixOf(event.ofSeed)}stopped after epoch ${event.epoch}: the validation ${event.metric} was best after epoch ${event.best}, whose weights are kept`;
    case 'epoch': {
      const { epoch, epochs, loss, accuracy, validated, rate, eta } = event;
      const parts = [
        `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
        `loss ${loss.toFixed(4)}`,
        `training accuracy ${formatPercent(accuracy)}`,
      ];
      if (validated !== null)
        parts.push(
          `validation loss ${validated.loss.toFixed(4)}, accuracy ${formatPercent(validated.accuracy)}`,
        );
      parts.push(`${formatCount(Math.round(rate))} sessions/s`);
      if (eta !== '') parts.push(`ETA ${eta}`);
      return prefixOf(event.ofSeed) + parts.join('  ');
    }
    default:
      return null;
  }
}

/** What the status line says of an event; null where nothing. */
export function statusOf(event: RunEvent): string | null {
  switch (event.kind) {
    case 'making':
      return `making the captures of ${event.dataset} …`;
    case 'reading': {
      const { day, bytes, totalBytes, packets } = event;
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      return `${day === null ? '' : `${day}: `}reading: ${percent}%, ${formatCount(packets)} packets`;
    }
    case 'labelling':
      return `${event.day === null ? '' : `${event.day}: `}reading labels …`;
    case 'step': {
      const { ofSeed, epoch, epochs, presented, sessions, loss, eta } = event;
      const done = `${formatCount(presented)} of ${formatCount(sessions)} sessions`;
      return `${prefixOf(ofSeed)}epoch ${epoch}/${epochs}  ${done}  loss ${loss.toFixed(4)}  ETA ${eta}`;
    }
    case 'testing':
      return `${prefixOf(event.ofSeed)}testing: ${formatCount(event.done)} of ${formatCount(event.sessions)} sessions`;
    case 'working':
      return prefixOf(event.ofSeed) + event.on;
    default:
      return null;
  }
}

/** Tells what becomes of the runs of a sweep; of what goes on in a cell only the status. */
export function sweepReport(reporter: Reporter): (event: SweepEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'cell':
        if (statusOf(event.event) !== null) reporter.status(() => `${event.cell}  ${statusOf(event.event)}`);
        return;
      case 'twin':
        reporter.line(`${event.cell}: the same as ${event.of}`);
        return;
      case 'damaged':
        reporter.line(
          `${formatFault({ place: event.fault.place, problem: event.fault.problem })}; it is to be done again`,
        );
        return;
      case 'found':
        reporter.line(`${formatCount(event.done)} of ${formatCount(event.total)} runs are there already`);
        return;
      case 'ran':
        reporter.line(ranText(event));
        return;
      case 'waiting':
        reporter.status(() => `waiting for ${event.runs} runs that other processes work on`);
        return;
      case 'measuring':
        reporter.status(() => `measuring ${event.number} of ${event.of} kinds of cells`);
        return;
      case 'workers':
        reporter.status(() => event.statuses.join('  |  '));
        return;
      case 'fewer-workers': {
        const { fit, wanted, each, room } = event;
        reporter.line(
          `note: ${fit} of ${wanted} workers: each needs about ${formatBytes(each)} of memory, ${formatBytes(room)} is free`,
        );
        return;
      }
      case 'worker-lost':
        reporter.line(`warning: worker ${event.worker} ${event.how}; another goes on where it was`);
        return;
    }
  };
}

function ranText({ run, differs, done, total, eta }: Extract<SweepEvent, { kind: 'ran' }>): string {
  const { cell, seed, state, metrics } = run;
  const { accuracy = null, mcc = null } = metrics ?? {};
  const beside =
    state === 'kept'
      ? ' (there already)'
      : differs !== null
        ? ' (differs from the run that was there; both are kept)'
        : '';
  const scores = `accuracy ${formatPercent(accuracy, 3)}, MCC ${formatScore(mcc)}${beside}`;
  const left = eta === null ? '' : `  ETA ${formatDuration(eta)}`;
  return `${done}/${total}  ${cell}, seed ${seed}: ${metrics === null ? state : scores}${left}`;
}
