#!/usr/bin/env node
/** Starts the command line. Plain JavaScript: it says what is missing when nothing is installed yet. */
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    `sessionlab: Node ${process.versions.node} is too old: it needs Node 20 or later (nodejs.org)`,
  );
  process.exit(4);
}

function isInstalled() {
  try {
    for (const name of ['ajv', 'commander', 'seedrandom', 'tsx', 'typebox']) import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

if (!isInstalled()) {
  console.error('sessionlab: its packages are not installed; run npm start once');
  process.exit(4);
}

/** What keeps everything from working in the working folder; undefined where nothing does. */
function wrongFolder() {
  try {
    const garbled = process.cwd().includes('\ufffd');
    return garbled ? 'a part of the name of the working folder is no valid UTF-8' : undefined;
  } catch {
    return 'the working folder is not there any more';
  }
}

const wrong = wrongFolder();
if (wrong !== undefined) {
  console.error(`sessionlab: ${wrong}; go to another one (cd)`);
  process.exit(4);
}

// Until a command listens for it, and where none does, Ctrl-C ends with a line, too.
process.on('SIGINT', () => {
  if (process.listenerCount('SIGINT') > 1) return;
  console.error('interrupted');
  process.exit(130);
});

// Where Node strips types by itself it starts faster; it refuses to for files below node_modules.
const strips = Boolean(process.features.typescript) && !import.meta.url.includes('/node_modules/');
if (!strips) {
  const { register } = await import('tsx/esm/api');
  // The tsconfig.json of the folder that the user happens to be in is none of ours.
  register({ tsconfig: false });
}
const { main } = await import('./cli.ts');
await main(process.argv.slice(2));
