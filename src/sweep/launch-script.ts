/** The job script of a sweep on a Slurm cluster: what one task of the array does. */

export interface TaskScript {
  /** Where the tasks of this sweep leave word of themselves, absolute. */
  readonly folder: string;
  /** Where they start, absolute: paths of the spec may be relative to it. */
  readonly directory: string;
  /** Lines of shell that come first. */
  readonly setup: readonly string[];
  /** What starts sessionlab, as shell. */
  readonly command: string;
  /** The arguments of it. */
  readonly arguments: readonly string[];
  /** A run that fails ends the other tasks, too. */
  readonly failFast: boolean;
}

/** A word of shell that stands for itself. */
export const quote = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Times that a task starts sessionlab again that was killed, by the kernel for its memory, for example. */
const MOST_SUCCESSORS = 3;
/** Times that a task goes on after its time limit: more often, and it gets nowhere. */
const MOST_REQUEUES = 1000;

/**
 * The script. Slurm sends USR1 some time before the limit (sbatch --signal=B:USR1@…): sessionlab is asked to stop after a
 * checkpoint, and the task puts itself into the queue again. TERM, when the job is cancelled or makes way for another,
 * reaches sessionlab without our doing, and Slurm decides what comes next. What a task leaves, `<job>_<task>.events`, has a
 * line `begin|killed|end|requeue <code> <host> <seconds since 1970>` for each thing that happens to it.
 */
export function taskScript(task: TaskScript): string {
  const call = [task.command, ...task.arguments.map(quote)].join(' ');
  return `#!/bin/bash
# One task of a sweep, made by sessionlab: does one run after the other until none is left.
folder=${quote(task.folder)}
task="\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
note() { printf '%s %s %s %s\\n' "$1" "$2" "$(uname -n)" "$(date +%s)" >>"$folder/$task.events"; }
if ! note begin 0; then
  echo "sessionlab: $folder cannot be written on $(uname -n): results must be on a file system that all nodes share; choose one with --out" >&2
  exit 4
fi
if ! cd ${quote(task.directory)}; then
  echo "sessionlab: the folder is not there on $(uname -n): start the sweep from one that all nodes share" >&2
  note end 4
  exit 4
fi
${task.setup.map((line) => `${line}\n`).join('')}
child= asked= ended= heard=
trap 'heard=1; asked=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' USR1
trap 'heard=1; ended=1' TERM INT

# Runs sessionlab to its end, whatever signals come meanwhile; its code is in $code.
run() {
  ${call} &
  child=$!
  [ -n "$asked" ] && kill -TERM "$child" 2>/dev/null
  while :; do
    heard=
    wait "$child"
    code=$?
    [ -n "$heard" ] || break
  done
}

successors=0
while :; do
  run
  # 130: it stopped because it was asked to. Above 128: it was killed.
  if [ "$code" -le 128 ] || [ "$code" -eq 130 ] || [ -n "$asked$ended" ] || [ "$successors" -ge ${MOST_SUCCESSORS} ]; then break; fi
  successors=$((successors + 1))
  note killed "$code"
  echo "sessionlab: was killed (code $code); another goes on where it was" >&2
done
note end "$code"
if [ -n "$asked" ] && [ -z "$ended" ] && [ "$code" -gt 128 ]; then
  if [ "\${SLURM_RESTART_COUNT:-0}" -ge ${MOST_REQUEUES} ]; then
    echo "sessionlab: gave up after ${MOST_REQUEUES} time limits" >&2
  elif scontrol requeue "$task"; then
    note requeue 0
  else
    echo "sessionlab: could not be put into the queue again; the same sweep command goes on from here" >&2
  fi
fi
${task.failFast ? `if [ "$code" -eq 2 ] || [ "$code" -eq 3 ]; then scancel "$SLURM_ARRAY_JOB_ID"; fi\n` : ''}exit "$code"
`;
}
