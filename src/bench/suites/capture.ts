/** Reading captures (plain, compressed, hashed, merged in time) and making them. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Packet, readCaptures } from '../../capture/index.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../synth/index.ts';
import { type Benchmark, type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { officeSessions, type SuiteContext } from './context.ts';

const FILES = 4;

export function captureSuite(context: SuiteContext): Suite {
  const { fixture } = context;
  const sessions = officeSessions(context);
  const one = async () => [(await fixture.capture(sessions)).path];
  const reading = (what: string, files: () => Promise<readonly string[]>, hash = false): Benchmark =>
    timed(`capture/${what}`, 'packets', async () => readingTask(await files(), hash));
  return {
    name: 'capture',
    summary: 'reading captures into decoded packets, and writing synthetic ones',
    benchmarks: () => [
      reading('read pcap', one),
      reading('read pcap with SHA-256', one, true),
      reading('read pcap.gz', async () => [
        compressed((await one())[0]!, join(fixture.folder, 'office.pcap.gz')),
      ]),
      reading(`read ${FILES} pcaps merged in time`, async () => {
        const seeds = Array.from({ length: FILES }, (_, i) => defaultRecipe.seed + i);
        return Promise.all(seeds.map(async (seed) => (await fixture.capture(sessions / FILES, seed)).path));
      }),
      timed('capture/write synthetic pcap', 'packets', () =>
        writingTask(join(fixture.folder, 'written.pcap'), sessions / FILES),
      ),
    ],
  };
}

function compressed(path: string, to: string): string {
  writeFileSync(to, gzipSync(readFileSync(path)));
  return to;
}

/** Decodes every packet; what it found of each, and their order, is in the result. */
async function readingTask(
  paths: readonly string[],
  hash: boolean,
): Promise<Task<readonly (number | string)[]>> {
  const read = async () => {
    let mixed = 0;
    const add = (packet: Packet, file: number): void => {
      const { headerEnd, transport, sourcePort, destinationPort } = packet;
      mixed =
        (Math.imul(mixed, 31) + headerEnd + 3 * transport + 7 * sourcePort + destinationPort + file) | 0;
    };
    return { reading: await readCaptures(paths, { add }, { hash }), mixed };
  };
  const { packets } = (await read()).reading;
  return {
    amount: packets,
    async run() {
      const { reading, mixed } = await read();
      return [mixed, reading.packets, reading.decoded, ...reading.files.map(({ sha256 = '' }) => sha256)];
    },
    checksum: checksumOf,
  };
}

async function writingTask(path: string, sessions: number): Promise<Task> {
  const write = () => writeSyntheticCapture({ ...defaultRecipe, sessions }, path);
  const { packets } = await write();
  return {
    amount: packets,
    run: write,
    spoil: () => rmSync(path),
    checksum: () => checksumOf([readFileSync(path)]),
  };
}
