import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { loadRecipeFile } from '../../src/spec/index.ts';
import { defaultRecipe } from '../../src/synth/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-recipe-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'office.json');

function resolveRecipe(given: object) {
  writeFileSync(file, JSON.stringify(given));
  return loadRecipeFile(file);
}

async function faultsOf(given: object): Promise<readonly string[]> {
  try {
    await resolveRecipe(given);
  } catch (error) {
    assert(error instanceof FaultError, String(error));
    return error.message.replaceAll(`${file}: `, '').split('\n');
  }
  return [];
}

describe('a recipe', () => {
  it('has the defaults for what is not given', async () => {
    assert.deepEqual(await resolveRecipe({}), defaultRecipe);
    assert.deepEqual(await resolveRecipe({ seed: 9, ipv6: 0 }), { ...defaultRecipe, seed: 9, ipv6: 0 });
  });

  it('names a misspelt field and the one that was meant', async () => {
    const [fault] = await faultsOf({ workstation: 4 });
    assert.match(fault!, /^\/workstation: unknown key/);
    assert.match(fault!, /did you mean "workstations"\?$/);
  });

  it('reports all faults at once, each with the value and the range', async () => {
    assert.deepEqual(
      await faultsOf({ sessions: 0, ipv6: 1.5, snapLength: 60, seed: '1', noise: '0', novelty: null }),
      [
        '/seed: got "1", must be a whole number from 0 to 9007199254740991',
        '/sessions: got 0, must be ≥ 1',
        '/ipv6: got 1.5, must be ≤ 1',
        '/noise: got "0", must be a number from 0 to 1',
        '/novelty: got null, must be a number from 0 to 1',
        '/snapLength: got 60, must be ≥ 98',
      ],
    );
  });

  it('may have fields without defaults, which are checked like the others', async () => {
    const fields = {
      administrators: 0.5,
      sites: 3,
      applications: 2,
      retransmissions: 0.1,
      pauses: 4,
      cut: true,
    };
    assert.deepEqual(await resolveRecipe(fields), { ...defaultRecipe, ...fields });
    assert.deepEqual(
      await faultsOf({ administrators: 2, sites: 0, applications: 1.5, pauses: 0.5, cut: 1 }),
      [
        '/administrators: got 2, must be ≤ 1',
        '/sites: got 0, must be ≥ 1',
        '/applications: got 1.5, must be a whole number from 1 to 1000',
        '/pauses: got 0.5, must be ≥ 1',
        '/cut: got 1, must be true or false',
      ],
    );
  });

  it('takes only times that exist and that a pcap record can hold', async () => {
    assert.deepEqual(await faultsOf({ start: '1970-01-01T00:00:00Z' }), []);
    assert.deepEqual(await faultsOf({ start: '2106-02-01T00:00:00Z' }), []);
    const wrong = [
      '2018-02-30T00:00:00Z',
      '2018-03-05',
      '2018-03-05T09:00:00+01:00',
      '2106-02-07T06:00:00Z',
      5,
    ];
    for (const start of wrong) assert.equal((await faultsOf({ start })).length, 1, String(start));
  });

  it('has no more sessions than its workstations can have ports for', async () => {
    assert.deepEqual(await faultsOf({ sessions: 20_000, workstations: 2 }), []);
    assert.deepEqual(await faultsOf({ sessions: 20_001, workstations: 2 }), [
      '/sessions: got 20001, must be ≤ 20000 with 2 workstations; ' +
        'ask for fewer sessions or more workstations',
    ]);
  });
});
