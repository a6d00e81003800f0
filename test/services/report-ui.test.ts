import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { csvCells, csvLine } from '../../src/text/index.ts';
import { copyOf } from '../report/material.ts';
import { run, temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';
import { chromium } from './server.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8');
/** A name that does something where it is taken for markup. */
const EVIL = '<img src=x onerror="window.harmed=1"></script><script>window.harmed=1</script>';
const SESSIONS = 5000;

/** 5,000 sessions, their applications and kinds named by somebody who means harm. */
function many(text: string): string {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = csvCells(head)!;
  const [application, session] = [names.indexOf('application'), names.indexOf('session')];
  const rows = Array.from({ length: SESSIONS }, (_, i) => {
    const cells = [...csvCells(lines[i % lines.length]!)!];
    if (i >= lines.length) cells[session] = String(100_000 + i);
    if (i % 10 === 3) cells[application] = EVIL;
    return csvLine(cells);
  });
  return `${head}\n${rows.join('')}`;
}

describe('the page of a report, in a browser', {
  skip: chromium === '' ? 'needs Chromium: npm run test:services' : false,
}, () => {
  const folder = temporaryFolder();
  let browser: Browser;
  let page: Page;
  let address: string;
  const errors: string[] = [];
  const requests: string[] = [];

  async function open(colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1400, height: 900 }, colorScheme });
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => errors.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(address);
  }
  /** Names of rules of axe-core that the page breaks, with where. */
  async function violations(): Promise<readonly string[]> {
    // By the debugger: the policy of the page runs no script but its own.
    await page.evaluate(axe);
    const found = await page.evaluate('axe.run().then((r) => r.violations)');
    return (found as { id: string; nodes: { html: string; failureSummary: string }[] }[]).map(
      ({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)} ${nodes[0]!.failureSummary}`,
    );
  }
  const found = async () => (await page.locator('#found').textContent()) ?? '';
  const rows = () => page.locator('#list tbody tr');

  before(async () => {
    const { runs } = await run(writeSpec(join(folder, 'spec'), {}), join(folder, 'real'));
    const copy = copyOf(runs[0]!.folder, folder, 'aa', { seed: 1, edit: { 'predictions.csv': many } });
    const ended = await sessionlab(['report', copy, '--out', join(folder, 'report'), '--format', 'html']);
    assert.equal(ended.status, 0, ended.stderr);
    address = pathToFileURL(join(folder, 'report', 'report.html')).href;
    const path = chromium.startsWith('/') ? chromium : `/usr/bin/${chromium}`;
    const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
    browser = await playwright.launch({ executablePath: path, args });
    await open();
  });
  after(() => browser?.close());

  it('says in words what was found, and asks nobody for anything', async () => {
    await page.getByText(/The network was right about|The network named the right kind of/).waitFor();
    assert.deepEqual(requests, [address]);
    assert.deepEqual(errors, []);
  });

  it('is clean for axe-core, in the light and in the dark', async () => {
    assert.deepEqual(await violations(), []);
    await open('dark');
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(ground, 'rgb(20, 23, 28)');
    assert.deepEqual(await violations(), []);
    await open();
  });

  it('runs nothing that a name says, and shows it as it is', async () => {
    await page.getByLabel('Application').selectOption({ label: EVIL });
    assert.match(await found(), /^500 sessions, /);
    assert.equal(await rows().first().locator('td').nth(3).textContent(), EVIL);
    assert.equal(await page.evaluate('window.harmed'), undefined);
    await page.getByLabel('Application').selectOption('');
  });

  it('filters 5,000 sessions in no time, and shows a page of them', async () => {
    assert.match(await found(), /^5,000 sessions, /);
    assert.equal(await rows().count(), 25);
    const took = await page.evaluate(`(() => {
      const from = performance.now();
      const select = document.querySelector('[name=outcome]');
      select.value = 'wrong';
      select.dispatchEvent(new Event('change', { bubbles: true }));
      return performance.now() - from;
    })()`);
    assert.ok((took as number) < 500, String(took));
    const wrong = Number(
      /^([\d,]+) sessions, of which 0 are right$/.exec(await found())![1]!.replace(',', ''),
    );
    await page.getByLabel('Outcome').selectOption('right');
    const right = Number(/^([\d,]+) sessions/.exec(await found())![1]!.replace(',', ''));
    assert.equal(right + wrong, SESSIONS);
    await page.getByLabel('Outcome').selectOption('');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('page 2 of 200').waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('page 1 of 200').waitFor();
  });

  it('shows the bytes of a session by the keyboard alone: field, value and weight of each', async () => {
    await page.getByLabel('with attention').check();
    const buttons = rows().getByRole('button');
    assert.ok((await buttons.count()) > 1);
    await buttons.first().focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(
      await buttons.nth(1).evaluate((button) => button.ownerDocument.activeElement === button),
      true,
    );
    await page.keyboard.press('Enter');
    assert.equal(await buttons.nth(1).getAttribute('aria-current'), 'true');
    const name = (await buttons.nth(1).textContent()) ?? '';
    await page.getByRole('heading', { name: `Session ${name.replace(' ◆', '')}: ` }).waitFor();
    const cells = page.getByRole('grid').getByRole('gridcell');
    await cells.first().focus();
    const said = async () => (await page.locator('#cell').textContent()) ?? '';
    assert.match(await said(), /^Packet 1, ethernet\.destination [0-9a-f]{2} \(\d+\), weight [\d.]+%/);
    await page.keyboard.press('End');
    assert.doesNotMatch(await said(), /ethernet\.destination/);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    assert.equal(await cells.nth(1).getAttribute('tabindex'), '0');
    assert.equal(await page.locator('#grid td[tabindex="0"]').count(), 1);
    assert.deepEqual(await violations(), []);
  });

  it('outlines edited bytes, and says what was captured there', async () => {
    const buttons = rows().getByRole('button');
    for (const button of await buttons.all()) {
      await button.click();
      const edited = page.locator('#grid td.edited');
      if ((await edited.count()) === 0) continue;
      await edited.first().hover();
      assert.match(
        (await page.locator('#cell').textContent()) ?? '',
        /, edited: (captured as [0-9a-f]{2}|not in the capture)$/,
      );
      return;
    }
    assert.fail('no session was edited');
  });
});
