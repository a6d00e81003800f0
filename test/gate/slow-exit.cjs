// Loaded into a process whose start is to take longer. It is loaded after what tells the processor time, so it ends later: it must
// be first among those who hear of the end.
process.prependListener('exit', () => {
  const end = (1 + Number(process.env.SESSIONLAB_GATE_SHARE)) * performance.now();
  while (performance.now() < end);
});
