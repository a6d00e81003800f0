/**
 * Time stamps of pcapng: 64-bit counts of units of any decimal or binary resolution, with an offset in seconds.
 *
 * Exact to the nanosecond without big integers for resolutions up to 10⁹ and 2³⁰ units a second, with them beyond.
 */
import type { Packet } from './packet.ts';

/** How an interface counts time. */
export interface Clock {
  /** Units a second; 0 when there are more than 2³⁰ and `resolution` counts. */
  readonly units: number;
  readonly resolution: bigint;
  /** Seconds to be added (if_tsoffset). */
  readonly offset: number;
}

/**
 * The clock for the option if_tsresol: with the highest bit clear a negative power of 10, otherwise of 2.
 *
 * @param offset if_tsoffset, seconds
 */
export function createClock(resolution: number, offset: number): Clock {
  const exponent = resolution & 0x7f;
  const units = (resolution & 0x80) === 0 ? 10n ** BigInt(exponent) : 2n ** BigInt(exponent);
  return { units: units <= 1n << 30n ? Number(units) : 0, resolution: units, offset };
}

/** Sets the time of a packet from the two halves of its stamp (each 32 bits, unsigned). */
export function setTime(packet: Packet, clock: Clock, high: number, low: number): void {
  const units = clock.units;
  if (units === 0) {
    setTimeExactly(packet, clock, high, low);
    return;
  }
  // Long division in base 2¹⁶: every intermediate stays below 2⁴⁶ and is exact.
  const quotientHigh = Math.floor(high / units);
  let rest = (high - quotientHigh * units) * 65536 + (low >>> 16);
  const quotientMiddle = Math.floor(rest / units);
  rest = (rest - quotientMiddle * units) * 65536 + (low & 0xffff);
  const quotientLow = Math.floor(rest / units);
  rest -= quotientLow * units;
  packet.seconds = quotientHigh * 4294967296 + (quotientMiddle * 65536 + quotientLow) + clock.offset;
  // rest · 10⁹ is rest · 5⁹ < 2⁵¹ times a power of two, hence exact; so is the division of a whole quotient.
  packet.nanoseconds = Math.floor((rest * 1e9) / units);
}

function setTimeExactly(packet: Packet, clock: Clock, high: number, low: number): void {
  const stamp = (BigInt(high) << 32n) | BigInt(low);
  packet.seconds = Number(stamp / clock.resolution) + clock.offset;
  packet.nanoseconds = Number(((stamp % clock.resolution) * 1000000000n) / clock.resolution);
}
