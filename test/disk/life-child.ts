/** Says of processes whether they are alive, as whoever runs it can see: one JSON of an identity an argument. */
import { lifeOf } from '../../src/disk/process-identity.ts';

for (const identity of process.argv.slice(2)) console.log(lifeOf(JSON.parse(identity)));
