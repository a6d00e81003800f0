// Loaded into the processes that a benchmark starts, to tell what processor time they took.
const { appendFileSync } = require('node:fs');

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  appendFileSync(process.env.SESSIONLAB_GATE_TIMES, `${user + system}\n`);
});
