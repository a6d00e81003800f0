import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asSchema, defaultOf, fill, relax, type Schema } from '../../src/spec/defaults.ts';
import { experimentSchema } from '../../src/spec/schema.ts';
import { manifestSchema, recipe } from '../../src/spec/schema-data.ts';
import { findFaults } from '../../src/spec/validate.ts';
import { defaultRecipe } from '../../src/synth/recipe.ts';
import fc from '../support/fast-check.ts';
import { NAMES, SCHEMA, SMALLEST } from './helpers.ts';

const whole = asSchema(experimentSchema(NAMES));
const written = SCHEMA;

/** Every field below a schema with the keys that lead to it. */
function fields(schema: Schema, path = ''): [path: string, schema: Schema][] {
  const here = Object.entries(schema.properties ?? {}).flatMap(([key, property]): [string, Schema][] => [
    [`${path}/${key}`, property],
    ...fields(property, `${path}/${key}`),
  ]);
  return [...here, ...(schema.anyOf ?? []).flatMap((branch) => fields(branch, path))];
}

describe('the schema', () => {
  it('describes every field', () => {
    const all = [...fields(whole), ...fields(asSchema(manifestSchema))];
    assert.ok(all.length > 60);
    for (const [path, schema] of all) assert.ok((schema.description ?? '').length > 4, path);
  });

  it('says of every upper limit that is not by nature why it is there', () => {
    for (const [path, schema] of fields(whole)) {
      const natural = schema.maximum === 1 || schema.maximum === undefined;
      const { minimum = 0, maximum = 0 } = schema;
      if (natural || maximum - minimum > 5000) continue;
      assert.ok(schema['x-limit'] !== undefined || /^(\/test)?\/dataset/.test(path), path);
    }
  });

  it('has defaults that are valid by themselves', () => {
    for (const [path, schema] of fields(written)) {
      if (schema.default !== undefined) assert.deepEqual(findFaults(schema, schema.default), [], path);
    }
  });

  it('needs a name and a data set, and nothing else', () => {
    assert.deepEqual(written.required, ['name', 'dataset']);
    assert.deepEqual(findFaults(written, SMALLEST), []);
    assert.deepEqual(findFaults(whole, fill(written, SMALLEST)), []);
  });

  it('refuses unknown keys in every object', () => {
    const open = (schema: Schema): boolean =>
      (schema.type === 'object' && schema.additionalProperties !== false && !isMap(schema)) ||
      Object.values(schema.properties ?? {}).some(open) ||
      (schema.anyOf ?? []).some(open) ||
      (schema.items !== undefined && open(schema.items));
    // Names with values of one kind: there the objects below may not be open.
    const isMap = ({ additionalProperties: values }: Schema): boolean =>
      typeof values === 'object' && !open(values);
    assert.equal(open(whole), false);
    assert.equal(open(asSchema(manifestSchema)), false);
  });

  it('has for a synthetic network the fields and defaults of the one that there is', () => {
    assert.deepEqual(defaultOf(asSchema(recipe)), defaultRecipe);
    const faultsOf = (given: object) => findFaults(relax(asSchema(recipe)), given);
    const outside = [
      ...Object.entries(recipe.properties).flatMap(([key, field]) => {
        const { minimum, maximum } = asSchema(field);
        return minimum === undefined || maximum === undefined ? [] : [[key, minimum, maximum] as const];
      }),
    ];
    assert.equal(outside.length, 18);
    for (const [key, minimum, maximum] of outside) {
      const others =
        key === 'sessions'
          ? { workstations: 1200 }
          : key === 'clockOffset'
            ? { days: [{ name: 'a', date: '2018-03-05' }] }
            : {};
      assert.deepEqual(faultsOf({ ...others, [key]: minimum }), [], key);
      assert.deepEqual(faultsOf({ ...others, [key]: maximum }), [], key);
      assert.equal(faultsOf({ ...others, [key]: minimum - 1 }).length, 1, key);
      assert.equal(faultsOf({ ...others, [key]: maximum + 1 }).length, 1, key);
    }
  });
});

describe('filling in defaults', () => {
  const part = fc.record(
    {
      network: fc.record(
        {
          packet: fc.record(
            { units: fc.integer({ min: 1, max: 9 }), layers: fc.constant(2) },
            { requiredKeys: [] },
          ),
          head: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
          initializer: fc.constantFrom({}, { kind: 'glorot' }, { kind: 'normal' }, { deviation: 1 }),
        },
        { requiredKeys: [] },
      ),
      sessions: fc.record({ idleTimeout: fc.constantFrom(null, 3) }, { requiredKeys: [] }),
      anomalies: fc.record({ kinds: fc.constantFrom({}, { 'noisy-packet': 1 }) }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );

  it('makes a valid spec valid by the whole schema, and does nothing the second time', () => {
    fc.assert(
      fc.property(part, (given) => {
        const once = fill(written, { ...SMALLEST, ...given });
        assert.deepEqual(findFaults(whole, once), []);
        assert.deepEqual(fill(written, once), once);
        assert.deepEqual(fill(whole, { ...SMALLEST, ...given }), once);
      }),
    );
  });

  it('leaves what it was given as it was, and shares nothing with the schema', () => {
    const given = Object.freeze({ ...SMALLEST, network: Object.freeze({ head: Object.freeze([1]) }) });
    const filled = fill(written, given) as { seeds: number[]; network: { head: number[] } };
    filled.seeds.push(2);
    filled.network.head.push(2);
    assert.deepEqual(given.network.head, [1]);
    assert.deepEqual((fill(written, given) as { seeds: number[] }).seeds, [1]);
  });
});
