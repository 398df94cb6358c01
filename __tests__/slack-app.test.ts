import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebClient } from '@slack/web-api';
import { manifestScopes } from '../tools/doctor/manifest';
import { SCOPES } from './support/slack-scopes';

const ROOT = join(__dirname, '..');

/** All that speaks to somebody's Slack: the functions, and the tools that look after a deployment. */
const SOURCES = [
  ...filesIn('functions'),
  ...filesIn('tools').filter((file) => /^tools\/(doctor|test-alert)/.test(file)),
]
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(ROOT, file), 'utf8'));

function filesIn(folder: string): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.map((file) => join(folder, file));
}

/** The methods that Slack's own client has, by how they are called: `chat.postMessage`. */
const METHODS = new Set(
  Object.entries(new WebClient()).flatMap(([family, methods]) =>
    Object.entries(methods ?? {}).flatMap(([name, value]) =>
      typeof value === 'function' ? [`${family}.${name}`] : [],
    ),
  ),
);

/** `client.chat.postMessage(…)`, whatever the client is called. */
function calledIn(source: string): readonly string[] {
  const calls = [...source.matchAll(/\.\s*(\w+)\s*\.\s*(\w+)\s*\(/g)].map(([, family, name]) => `${family}.${name}`);
  return calls.filter((call) => METHODS.has(call));
}

test('knows the scopes of each method that is called, and of no other', () => {
  expect(new Set(SOURCES.flatMap(calledIn))).toEqual(new Set(Object.keys(SCOPES)));
  // By its name in a string a method would not be found.
  expect(SOURCES.filter((source) => /\.(apiCall|paginate)\(/.test(source))).toEqual([]);
});

test('finds a new method however it is written', () => {
  expect(calledIn('await this.slack\n  .reactions\n  .add({})')).toEqual(['reactions.add']);
});

test('asks for exactly the scopes that these methods need', () => {
  expect(new Set(manifestScopes())).toEqual(new Set(Object.values(SCOPES).flat()));
});
