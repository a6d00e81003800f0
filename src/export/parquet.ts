/** The same table as Parquet. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Column } from './table.ts';

/** The bytes of a file with these columns. */
export function encodeParquet(columns: readonly Column[], rows: number): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, type, cell }) => ({
      name,
      type,
      nullable: true,
      data: Array.from({ length: rows }, (_, i) => cell(i)),
    })),
    createdBy: 'sessionlab',
  });
  return new Uint8Array(buffer);
}
