/** How much memory the packets of so many sessions take while they are made; run by the suite synth. */
import { defaultRecipe, syntheticPackets } from '../synth/index.ts';

const sessions = Number(process.argv[2]);
let packets = 0;
for (const _ of syntheticPackets({ ...defaultRecipe, sessions, workstations: 100, duration: 86_400 }))
  packets++;
process.stdout.write(JSON.stringify({ packets, peak: process.resourceUsage().maxRSS * 1024 }));
