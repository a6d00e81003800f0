/** Pictures of a run as the files that MLflow's UI shows. */

import { sha256 } from '../../disk/index.ts';
import type { Picture } from '../../report/index.ts';
import { type Artifact, bytesUpload } from './content.ts';

/**
 * Each picture as SVG among the figures, and as PNG and WebP under the names by which the UI's image charts find it.
 *
 * @param step training step of all of them
 * @param time milliseconds since 1970
 */
export function pictureArtifacts(
  pictures: readonly Picture[],
  step: number,
  time: number,
): readonly Artifact[] {
  return pictures.flatMap((picture) => {
    let drawn: ReturnType<Picture['draw']> | undefined;
    const artifact = (path: string, kind: 'svg' | 'png' | 'webp'): Artifact => ({
      path,
      digest: picture.digest,
      upload: async () => {
        drawn ??= picture.draw();
        const content = (await drawn)[kind];
        return bytesUpload(typeof content === 'string' ? Buffer.from(content) : content);
      },
    });
    const { name, digest } = picture;
    const image = `images/${name.replaceAll('/', '~')}+step+${step}+timestamp+${time}+${uuidOf(name + digest)}`;
    return [
      artifact(`figures/${name}.svg`, 'svg'),
      artifact(`${image}.png`, 'png'),
      artifact(`${image}+compressed.webp`, 'webp'),
    ];
  });
}

/** The same text has the same one (RFC 9562, version 8: of one's own making). */
function uuidOf(text: string): string {
  const hex = sha256(text);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
