/** Takes a picture of a page, as high as its content, with a headless Chromium: screenshot.ts PAGE OUT.png 360 dark */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

export interface ScreenshotOptions {
  /** Width of the page in CSS pixels; the picture has twice as many. */
  width?: number;
  colorScheme?: 'light' | 'dark';
}

interface Answer {
  id?: number;
  method?: string;
  error?: { message: string };
  result?: unknown;
}

interface Browser {
  send<T>(method: string, params?: object, sessionId?: string): Promise<T>;
  event(method: string): Promise<void>;
}

const DEADLINE_MS = 30_000;
const MISSING =
  'Chromium is missing: apt-get install chromium fonts-noto-color-emoji (Debian), or name yours in CHROMIUM_PATH.';
const FLAGS = [
  '--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --remote-debugging-pipe',
  '--disable-background-networking --disable-component-update --disable-sync --disable-default-apps',
].flatMap((flags) => flags.split(' '));

/** Chromium's DevTools protocol over two pipes: JSON between zero bytes, so that it needs no port and no package. */
function talk(child: ChildProcess): Browser {
  const [, , , input, output] = child.stdio as [unknown, unknown, unknown, Writable, Readable];
  const waiting = new Map<number | string, { resolve(result: unknown): void; reject(error: Error): void }>();
  const wait = (key: number | string) =>
    new Promise<unknown>((resolve, reject) => waiting.set(key, { resolve, reject }));
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
  };
  child.once('error', () => fail(new Error(MISSING)));
  child.once('exit', (code) => fail(new Error(`Chromium ended with ${code} before the picture was taken`)));
  input.on('error', () => fail(new Error('Chromium does not listen')));
  let buffer = '';
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (buffer + chunk).split('\0');
    buffer = messages.pop() ?? '';
    for (const { id, method, error, result } of messages.map((text) => JSON.parse(text) as Answer)) {
      const waiter = waiting.get(id ?? method ?? '');
      waiting.delete(id ?? method ?? '');
      if (error) waiter?.reject(new Error(error.message));
      else waiter?.resolve(result);
    }
  });
  let id = 0;
  return {
    send<T>(method: string, params = {}, sessionId?: string) {
      id += 1;
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return wait(id) as Promise<T>;
    },
    event: async (method) => void (await wait(method)),
  };
}

async function capture(browser: Browser, url: string, options: ScreenshotOptions): Promise<Buffer> {
  const { width = 1000, colorScheme = 'light' } = options;
  const { targetId } = await browser.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const attach = { targetId, flatten: true };
  const { sessionId } = await browser.send<{ sessionId: string }>('Target.attachToTarget', attach);
  const page = <T>(method: string, params = {}) => browser.send<T>(method, params, sessionId);
  await page('Page.enable');
  const screen = { width, height: 100, deviceScaleFactor: 2, mobile: false };
  await page('Emulation.setDeviceMetricsOverride', screen);
  await page('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: colorScheme }] });
  const loaded = browser.event('Page.loadEventFired');
  loaded.catch(() => undefined);
  const { errorText } = await page<{ errorText?: string }>('Page.navigate', { url });
  if (errorText) throw new Error(`${url} cannot be opened: ${errorText}`);
  await loaded;
  const { cssContentSize } = await page<{ cssContentSize: { height: number } }>('Page.getLayoutMetrics');
  await page('Emulation.setDeviceMetricsOverride', { ...screen, height: Math.ceil(cssContentSize.height) });
  const { data } = await page<{ data: string }>('Page.captureScreenshot', { format: 'png' });
  return Buffer.from(data, 'base64');
}

/** Writes a PNG of the page (a URL or an HTML file). */
export async function screenshot(page: string, output: string, options: ScreenshotOptions = {}): Promise<void> {
  const url = /^https?:/.test(page) ? page : pathToFileURL(resolve(page)).href;
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const program = process.env['CHROMIUM_PATH'] ?? places.find(existsSync);
  if (!program) throw new Error(MISSING);
  const profile = await mkdtemp(join(tmpdir(), 'slack-page-'));
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()).once('error', () => done()));
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const browser = talk(child);
  try {
    await writeFile(output, await capture(browser, url, options));
  } finally {
    browser.send('Browser.close').catch(() => undefined);
    await ended;
    clearTimeout(deadline);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function main([page, output, width = '1000', colorScheme = 'light']: string[]): Promise<void> {
  if (!page || !output || !(Number(width) > 0) || (colorScheme !== 'light' && colorScheme !== 'dark')) {
    throw new Error('usage: screenshot.ts URL-OR-FILE OUTPUT.png [WIDTH] [light|dark]');
  }
  await screenshot(page, output, { width: Number(width), colorScheme });
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
