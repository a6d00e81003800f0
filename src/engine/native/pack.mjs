/** Puts the engine that was built here where others find it: prebuilt/<platform>/, with the hash of its sources and its own. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addonPath, prebuiltFolder } from './build.mjs';

const folder = prebuiltFolder(process.argv[2]);
const stamp = JSON.parse(readFileSync(join(dirname(addonPath), 'stamp.json'), 'utf8'));
const sha256 = createHash('sha256').update(readFileSync(addonPath)).digest('hex');
mkdirSync(folder, { recursive: true });
copyFileSync(addonPath, join(folder, 'sessionlab.node'));
writeFileSync(join(folder, 'stamp.json'), `${JSON.stringify({ ...stamp, sha256 })}\n`);
console.log(`${folder}: SHA-256 ${sha256}`);
