import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { defaultRecipe, resolveRecipe } from '../../src/synth/index.ts';

function faultsOf(given: Record<string, unknown>): readonly string[] {
  try {
    resolveRecipe(given, 'office.json: /recipe');
  } catch (error) {
    assert(error instanceof FaultError, String(error));
    return error.message.split('\n');
  }
  return [];
}

describe('a recipe', () => {
  it('has the defaults for what is not given', () => {
    assert.deepEqual(resolveRecipe({}), defaultRecipe);
    assert.deepEqual(resolveRecipe({ seed: 9, ipv6: 0 }), { ...defaultRecipe, seed: 9, ipv6: 0 });
  });

  it('names a misspelt field and the one that was meant', () => {
    const [fault] = faultsOf({ workstation: 4 });
    assert.match(
      fault!,
      /^office\.json: \/recipe\/workstation: unknown key "workstation", must be one of seed,/,
    );
    assert.match(fault!, /did you mean "workstations"\?$/);
  });

  it('reports all faults at once, each with the value and the range', () => {
    assert.deepEqual(
      faultsOf({ sessions: 0, ipv6: 1.5, snapLength: 60, seed: '1', noise: Number.NaN, novelty: null }),
      [
        'office.json: /recipe/seed: got "1", must be an integer from 0 to 9007199254740991',
        'office.json: /recipe/sessions: got 0, must be an integer from 1 to 10000000',
        'office.json: /recipe/ipv6: got 1.5, must be a number from 0 to 1',
        'office.json: /recipe/noise: got NaN, must be a number from 0 to 1',
        'office.json: /recipe/novelty: got null, must be a number from 0 to 1',
        'office.json: /recipe/snapLength: got 60, must be an integer from 98 to 65535',
      ],
    );
  });

  it('may have fields without defaults, which are checked like the others', () => {
    const fields = {
      administrators: 0.5,
      sites: 3,
      applications: 2,
      retransmissions: 0.1,
      pauses: 4,
      cut: true,
    };
    assert.deepEqual(resolveRecipe(fields), { ...defaultRecipe, ...fields });
    assert.deepEqual(faultsOf({ administrators: 2, sites: 0, applications: 1.5, pauses: 0.5, cut: 1 }), [
      'office.json: /recipe/administrators: got 2, must be a number from 0 to 1',
      'office.json: /recipe/sites: got 0, must be an integer from 1 to 1000',
      'office.json: /recipe/applications: got 1.5, must be an integer from 1 to 1000',
      'office.json: /recipe/pauses: got 0.5, must be a number from 1 to 1000',
      'office.json: /recipe/cut: got 1, must be true or false',
    ]);
  });

  it('takes only times that exist and that a pcap record can hold', () => {
    assert.deepEqual(faultsOf({ start: '1970-01-01T00:00:00Z' }), []);
    assert.deepEqual(faultsOf({ start: '2106-02-01T00:00:00Z' }), []);
    const wrong = [
      '2018-02-30T00:00:00Z',
      '2018-03-05',
      '2018-03-05T09:00:00+01:00',
      '2106-02-07T06:00:00Z',
      5,
    ];
    for (const start of wrong) assert.equal(faultsOf({ start }).length, 1, String(start));
  });

  it('has no more sessions than its workstations can have ports for', () => {
    assert.deepEqual(faultsOf({ sessions: 20_000, workstations: 2 }), []);
    assert.deepEqual(faultsOf({ sessions: 20_001, workstations: 2 }), [
      'office.json: /recipe/sessions: got 20001, must be at most 20000 with 2 workstations; ' +
        'ask for fewer sessions or more workstations',
    ]);
  });
});
