/** Writes types/ for the package: the declarations of the API, for compilers that know nothing of our settings. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const types = join(root, 'types');
const folder = mkdtempSync(join(root, 'node_modules', '.types-'));
try {
  rmSync(types, { recursive: true, force: true });
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: true,
    rootDir: join(root, 'src'),
    outDir: types,
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    include: [],
    files: [join(root, 'src/index.ts')],
  };
  writeFileSync(config, JSON.stringify(settings));
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', config],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// Declarations name each other by the files that a compiler would have written, of which there are only these.
for (const name of readdirSync(types, { recursive: true }).map(String)) {
  if (!name.endsWith('.d.ts')) continue;
  const text = readFileSync(join(types, name), 'utf8');
  writeFileSync(join(types, name), text.replace(/(from |import\()(['"]\.[^'"]*)\.ts(['"])/g, '$1$2.js$3'));
}
