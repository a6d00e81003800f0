import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { evaluateMatrix } from '../../src/evaluation/index.ts';
import { attentionFigure, confusionFigure, render, renderSvg } from '../../src/report/figures/index.ts';
import { sampleRecord } from './figure-record.ts';

const evaluation = evaluateMatrix(
  [
    [8, 2],
    [1, 9],
  ],
  ['normal', 'port-direction-switch'],
);

describe('the figure of a confusion matrix', () => {
  it('shows every count, the names of the classes, and the share of the row', async () => {
    const svg = await renderSvg(confusionFigure(evaluation));
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
    for (const text of [
      '8',
      '2',
      '1',
      '9',
      'normal',
      'port-direction-switch',
      '80.0%',
      '90.00%',
      'actual',
      'predicted',
    ])
      assert.ok(texts.includes(text), text);
  });

  it('is the same each time', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => renderSvg(confusionFigure(evaluation))));
    assert.ok(a === b && a === (await renderSvg(confusionFigure(evaluation))));
  });

  it('is a picture with more than one colour, as PNG and as WebP', async () => {
    const { png, webp } = await render(confusionFigure(evaluation));
    for (const bytes of [png, webp]) {
      const image = await loadImage(bytes);
      const canvas = createCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const colours = new Set<number>();
      for (let i = 0; i < data.length; i += 4)
        colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
      assert.ok(colours.size > 20, String(colours.size));
      assert.ok(colours.has(0xffffff) || bytes === webp);
    }
  });
});

describe('the figure of attention', () => {
  it('has a cell for every token, and an outline for every edited byte that the network sees', async () => {
    const record = sampleRecord();
    const svg = await renderSvg(attentionFigure(record, null));
    const tokens = record.packets.reduce((sum, packet) => sum + packet.tokens.value.length, 0);
    const outlines = svg.match(/stroke="#ff8c00"/g)?.length;
    assert.equal(outlines, 2);
    const rectangles = [...svg.matchAll(/aria-roledescription="rect mark"/g)].length;
    assert.ok(rectangles >= tokens + record.packets.length, `${rectangles} of ${tokens}`);
  });

  it('names the fields above their bytes where all packets have the same', async () => {
    const svg = await renderSvg(attentionFigure(sampleRecord(), null));
    for (const name of ['ethernet.type', 'ip.ttl']) assert.ok(svg.includes(`>${name}</text>`), name);
  });

  it('escapes what stands in a capture', async () => {
    const record = sampleRecord();
    const svg = await renderSvg(
      attentionFigure({ ...record, presented: { initiator: '<script>', responder: '"&' } }, null),
    );
    assert.doesNotMatch(svg, /<script>/);
    assert.match(svg, /&lt;script&gt;/);
  });
});
