/** The header field of every byte as a number: what `fieldNames` says, without a text for each byte of each packet. */
import type { SessionBytes } from '../anomaly/index.ts';
import { Ethernet, Link } from '../capture/index.ts';
import { fieldNames } from './fields.ts';

/** Places: bytes of fields, the first of `ip.source`, the second, … numbered in the order in which they are met. */
export interface FieldPlaces {
  /** Of every place its field, an index of `fields`. */
  readonly fieldOf: readonly number[];
  readonly fields: readonly string[];
  /** The place of every header byte of packet p, in order; shared by packets with the same headers. */
  of(session: SessionBytes, p: number): Uint16Array;
}

export function createFieldPlaces(): FieldPlaces {
  const fields: string[] = [];
  const fieldOf: number[] = [];
  /** Of every field the places of its bytes. */
  const placesOf: number[][] = [];
  const numbers = new Map<string, number>();
  const known = new Map<number, Uint16Array>();

  function number(name: string): number {
    const found = numbers.get(name);
    if (found !== undefined) return found;
    numbers.set(name, fields.length);
    placesOf.push([]);
    return fields.push(name) - 1;
  }

  function read(session: SessionBytes, p: number): Uint16Array {
    let before = '';
    let index = 0;
    return Uint16Array.from(fieldNames(session, p), (name) => {
      index = name === before ? index + 1 : 0;
      before = name;
      const field = number(name);
      const places = placesOf[field]!;
      while (places.length <= index) places.push(fieldOf.push(field) - 1);
      return places[index]!;
    });
  }

  return {
    fields,
    fieldOf,
    of(session, p) {
      const { link, network, transport, version, protocol, length } = session;
      // Of other link headers their bytes say what follows.
      if (link[p] !== Link.ethernet || network[p] !== Ethernet.size) return read(session, p);
      const ends = (transport[p]! * 2 + (version[p] === 6 ? 1 : 0)) * 256 + protocol;
      const key = ends * 0x10000 + length[p]!;
      let places = known.get(key);
      if (places === undefined) {
        places = read(session, p);
        known.set(key, places);
      }
      return places;
    },
  };
}
