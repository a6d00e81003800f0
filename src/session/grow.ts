/** Columns that grow. */
import { ExitCode, FaultError } from '../fault/index.ts';

type TypedColumn = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/**
 * A longer copy of a column.
 *
 * @throws FaultError (machine) when there is no memory for it
 */
export function grown<C extends TypedColumn>(column: C, length: number): C {
  const create = column.constructor as unknown as new (length: number) => C;
  try {
    const longer = new create(length);
    longer.set(column);
    return longer;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FaultError(
      {
        place: 'captures',
        problem: `no memory for ${length * column.BYTES_PER_ELEMENT} bytes of sessions`,
        cure: 'read fewer captures or lower sessions.maxPackets',
      },
      ExitCode.machine,
    );
  }
}
