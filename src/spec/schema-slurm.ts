/** The schema of what a Slurm cluster is asked for when a sweep is launched there. No result depends on it. */
import Type from 'typebox';
import { count, object } from './schema-parts.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

const TIME = 'minutes, or a time such as "4:00:00" or "2-12"';

const resources = object(
  {
    partition: text('Partition, or several with commas between (sbatch --partition).'),
    account: text('Account that is charged (sbatch --account).'),
    qos: text('Quality of service (sbatch --qos).'),
    time: Type.Optional(
      Type.Union(
        [
          Type.Integer({ minimum: 1, maximum: 5_256_000 }),
          Type.String({ pattern: '^([0-9]+-)?[0-9]+(:[0-9]{1,2}){0,2}$', 'x-expected': TIME }),
        ],
        {
          description:
            'Time limit of a task: minutes, or as sbatch writes it ("4:00:00", "2-12"). A task that reaches it stops after a checkpoint and goes on later.',
          'x-expected': TIME,
        },
      ),
    ),
    memory: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]*[KMGT]?$',
        description: 'Memory of a task ("4G"), for all its workers.',
        'x-expected': 'an amount of memory such as "4G" or "800M"',
      }),
    ),
    tasks: Type.Optional(
      count(1, 100_000, {
        description:
          'Tasks of the array at most (default 32). Each does one run after the other until none is left.',
      }),
    ),
    atOnce: Type.Optional(
      count(1, 100_000, { description: 'Tasks of the array that run at the same time at most.' }),
    ),
    lead: Type.Optional(
      count(1, 65_535, {
        description:
          'Seconds before the time limit at which a task begins to stop (default 120; Slurm may be a minute early).',
        'x-limit': 'sbatch --signal takes no more',
      }),
    ),
    setup: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Lines of shell that a task runs first, such as "module load nodejs".',
      }),
    ),
    command: text(
      'What starts sessionlab on a node (default: this Node and this copy of sessionlab, by their paths), such as "apptainer exec lab.sif sessionlab".',
    ),
    options: Type.Optional(
      Type.Array(
        Type.String({ pattern: '^-', 'x-expected': 'an option of sbatch, such as "--gres=gpu:1"' }),
        {
          description: 'More options of sbatch, such as "--constraint=avx512".',
        },
      ),
    ),
  },
  { description: 'What a cluster is asked for.' },
);

/** All fields are optional: where a spec is silent, the cluster's own defaults hold. (With anyOf the object is not filled in.) */
export const slurm = Type.Unsafe<Type.Static<typeof resources>>({
  anyOf: [resources],
  description: 'What `sessionlab sweep --launcher slurm` asks a cluster for. No result depends on it.',
});
