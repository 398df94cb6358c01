/**
 * `npm run gallery`: every message of the golden files as a picture, as threads on a phone and on a desktop, light and
 * dark. All of them are on `.cache/gallery/index.html`, to be looked at; the few that the README shows go to `docs/`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { screenshot } from './screenshot';
import type { SlackMessage, Thread } from './slack-channel';
import { renderPage } from './slack-page';

const ROOT = join(__dirname, '..');
const GOLDEN = join(ROOT, '__tests__', 'golden');
const OUT = join(ROOT, '.cache', 'gallery');

const WIDTHS = [360, 800] as const;
const SCHEMES = ['light', 'dark'] as const;

/** A thread is its parent and what was told in it, by the names of their golden files. */
type Story = readonly [parent: string, ...replies: readonly string[]];

export const STORIES: Readonly<Record<string, readonly Story[]>> = {
  // What the README begins with.
  'a failed deployment': [
    [
      'parent-likely-cause',
      'explanation-crash-loop-with-a-missing-variable',
      'reply-crash-loop-and-its-last-line',
      'reply-deployment-failed',
      'reply-rolling-back',
    ],
  ],
  'cpu and what it leans on': [
    ['parent-likely-bottleneck', 'explanation-CPU-with-what-it-leans-on', 'reply-dependency-of-a-service'],
  ],
  scaling: [
    ['parent-scaled-3-to-5'],
    ['parent-cpu-high', 'reply-scaled-3-to-5', 'reply-memory-high'],
    ['parent-saturated', 'explanation-at-its-limit', 'reply-cpu-back'],
  ],
  dependency: [['parent-dependency-of-its-own']],
  'log pattern': [['parent-log-pattern', 'explanation-log-lines-that-matched']],
  'never started': [
    ['parent-one-stop-that-never-started', 'explanation-image-that-cannot-be-pulled'],
    ['parent-cannot-start-tasks', 'explanation-missing-secret'],
    ['parent-no-room-for-a-task', 'explanation-only-events'],
  ],
  'out of memory': [['parent-one-stop', 'explanation-out-of-memory']],
  'rolled back': [
    [
      'parent-rolled-back',
      'reply-deployment-failed',
      'reply-rolling-back',
      'explanation-variable-that-the-good-one-had',
      'reply-rolled-back',
    ],
  ],
  recovered: [['parent-recovered', 'reply-recovered']],
  storm: [
    ['parent-no-task-of-four', 'reply-digest-of-thirty', 'reply-still-critical'],
    ['parent-three-stops', 'reply-digest'],
  ],
};

/** Which pictures the README shows. */
const IN_DOCS: Readonly<Record<string, string>> = {
  'a-failed-deployment-800-light': 'thread',
  'cpu-and-what-it-leans-on-360-light': 'explanation',
};

const START_SECONDS = Date.parse('2026-11-18T14:02:00Z') / 1000;

function message(name: string, minute: number): SlackMessage {
  const golden = JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), 'utf8')) as Omit<SlackMessage, 'ts'>;
  return { ...golden, ts: `${START_SECONDS + minute * 60}.000000` };
}

/** One after the other, so that the channel shows them in this order. */
function threads(stories: readonly Story[]): readonly Thread[] {
  return stories.map(([parent, ...replies], index) => ({
    parent: message(parent, index * 30),
    replies: replies.map((name, reply) => message(name, index * 30 + 1 + 3 * reply)),
  }));
}

/** What no story tells: each parent in a thread of its own, and the replies and explanations in one each. */
function untold(): Readonly<Record<string, readonly Story[]>> {
  const told = new Set(Object.values(STORIES).flat(2));
  const rest = readdirSync(GOLDEN)
    .map((file) => file.replace(/\.json$/, ''))
    .filter((name) => !told.has(name));
  const of = (kind: string) => rest.filter((name) => name.startsWith(kind));
  return {
    'other parents': of('parent-').map((name): Story => [name]),
    'other replies': [['parent-three-stops', ...of('reply-')]],
    'other explanations': [['parent-three-stops', ...of('explanation-')]],
  };
}

async function main(only: readonly string[]): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  const all = Object.entries({ ...STORIES, ...untold() });
  const chosen = all.filter(([name]) => only.length === 0 || only.includes(name));
  for (const [name, stories] of chosen) {
    const page = join(OUT, `${slug(name)}.html`);
    writeFileSync(page, renderPage('ecs-alerts', threads(stories)));
    for (const width of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        const picture = `${slug(name)}-${width}-${colorScheme}`;
        await screenshot(page, join(OUT, `${picture}.png`), { width, colorScheme });
        const shown = IN_DOCS[picture];
        if (shown !== undefined) await screenshot(page, join(ROOT, 'docs', `${shown}.png`), { width, colorScheme });
      }
    }
    process.stdout.write(`${name}\n`);
  }
  writeFileSync(join(OUT, 'index.html'), index(all.map(([name]) => name)));
  process.stdout.write(`${join('.cache', 'gallery', 'index.html')}\n`);
}

function slug(name: string): string {
  return name.replaceAll(' ', '-');
}

function index(names: readonly string[]): string {
  const pictures = (name: string) =>
    WIDTHS.flatMap((width) =>
      SCHEMES.map((scheme) => {
        const title = `${name}, ${width} px, ${scheme}`;
        return `<img src="${slug(name)}-${width}-${scheme}.png" width="${width}" alt="${title}" title="${title}">`;
      }),
    ).join('\n');
  const style =
    'body{font:16px sans-serif;background:#888}section{display:flex;gap:16px;align-items:start;overflow:auto}';
  const sections = names.map((name) => `<h2>${name}</h2>\n<section>\n${pictures(name)}\n</section>`).join('\n');
  return `<!doctype html><meta charset="utf-8"><title>Gallery</title><style>${style}</style>\n${sections}\n`;
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
