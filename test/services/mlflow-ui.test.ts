import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { copyRun, realRun } from '../tracking/material.ts';
import { allRuns, assertOnServer, chromium, python, tags, withoutChromium, withoutMlflow } from './server.ts';

const command = fileURLToPath(new URL('mlflow-command.ts', import.meta.url));

describe('sessionlab mlflow ui', { skip: withoutMlflow }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-ui-'));
  const results = join(folder, 'results');
  let real: string;
  let child: ChildProcess;
  let address: string;
  let output = '';

  function start(...args: readonly string[]): ChildProcess {
    // From a folder with ./mlruns, in which MLflow by itself refuses to start.
    mkdirSync(join(folder, 'mlruns'), { recursive: true });
    const env = {
      ...process.env,
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
      MLFLOW_EXPERIMENT_NAME: 'elsewhere',
    };
    const started = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), command, ...args], {
      cwd: folder,
      env,
    });
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return started;
  }
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let i = 0; i < 1200; i++) {
      const found = pattern.exec(output);
      if (found !== null) return found;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`${pattern} is not in ${JSON.stringify(output)}`);
  };

  before(async () => {
    real = await realRun(folder);
    mkdirSync(results);
    cpSync(dirname(dirname(real)), join(results, 'small'), { recursive: true });
    copyRun(real, results, { seed: 2, steps: 50 });
    // The environment that is there already, so that nothing is installed.
    mkdirSync(join(results, 'services'));
    symlinkSync(dirname(dirname(python)), join(results, 'services', 'mlflow'));
    child = start('ui', '--results', results);
    address = (await until(/MLflow is at (http:\/\/127\.0\.0\.1:\d+); Ctrl-C stops it/))[1]!;
  });
  after(async () => {
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((done) => child.on('exit', done));
      child.kill('SIGINT');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts a server of its own with all runs in it, whatever the environment says', async () => {
    assert.match(output, /2 runs sent, 0 there already/);
    for (const seed of ['1', '2'])
      await assertOnServer(
        address,
        join(dirname(join(results, 'small', real.split('/').at(-2)!, '1')), seed),
      );
    assert.ok(existsSync(join(results, 'mlflow', 'mlflow.db')));
  });

  it('finds the server that is running when it is called again', async () => {
    output = '';
    const second = start('ui', '--results', results);
    const ended = new Promise((done) => second.on('exit', done));
    assert.equal((await until(/MLflow is at (\S+), started before/))[1], address);
    assert.equal(await ended, 0);
    assert.match(output, /0 runs sent, 2 there already/);
  });

  describe('in a browser', { skip: withoutChromium }, () => {
    let browser: Browser;
    let page: Page;
    let run: string;
    before(async () => {
      const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
      const path = chromium.startsWith('/') ? chromium : `/usr/bin/${chromium}`;
      browser = await playwright.launch({ executablePath: path, args });
      page = await browser.newPage({ viewport: { width: 1600, height: 1200 } });
      page.setDefaultTimeout(60_000);
      const found = (await allRuns(address, 'small')).find(
        (r) => tags(r)['result hash'] !== undefined && r.data.metrics!.length > 12,
      )!;
      run = `${address}/#/experiments/${found.info.experiment_id}/runs/${found.info.run_id}`;
    });
    after(() => browser?.close());

    it('shows what came out: the note, metrics, parameters, the data set and the model', async () => {
      await page.goto(run);
      for (const text of [
        'false positive rate FP/(FP+TN)',
        'test/accuracy',
        'network.packet.units',
        /^weights-seed-\d$/,
        'Logged models (1)',
      ])
        await page.getByText(text).first().waitFor();
      const { data } = JSON.parse(readFileSync(join(real, 'run.json'), 'utf8'));
      await page.getByText(basename(data.files[0].path)).first().waitFor();
      await page.getByText('Finished').first().waitFor();
    });

    it('draws the curves and the pictures', async () => {
      // Sections of pictures come first, and what is below the window is not drawn.
      await page.setViewportSize({ width: 1600, height: 6000 });
      await page.goto(`${run}/model-metrics`);
      // Texts, because our code has no page: a list of curves, and of pictures that have arrived.
      await page.waitForFunction("document.querySelectorAll('.main-svg').length > 3");
      const pictures =
        "[...document.querySelectorAll('img')].filter((i) => i.src.includes('/get-artifact?path=images'))";
      await page.waitForFunction(
        `${pictures}.length > 0 && ${pictures}.every((i) => i.complete && i.naturalWidth > 200)`,
      );
    });

    it('opens the confusion matrix as a table and as a picture', async () => {
      await page.goto(`${run}/artifacts`);
      await page.getByText('tables', { exact: true }).click();
      await page.getByText('confusion-matrix.json').first().click();
      await page.getByText('View as table').waitFor();
      await page.getByRole('columnheader', { name: 'actual' }).waitFor();
      await page.getByText('figures', { exact: true }).click();
      await page.getByText('confusion-matrix.svg').first().click();
      await page.waitForFunction(
        "[...document.querySelectorAll('img')].some((i) => i.src.startsWith('blob:') && i.naturalWidth > 400)",
      );
    });
  });

  it('stops its server at Ctrl-C, and ends well', async () => {
    const ended = new Promise((done) => child.on('exit', done));
    child.kill('SIGINT');
    assert.equal(await ended, 0);
    await assert.rejects(fetch(`${address}/health`));
  });
});
