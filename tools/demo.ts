/**
 * `npm run demo`: plays a recorded incident through the built function, with Slack and DynamoDB emulated here.
 *
 *   --once        ends by itself; with 0 only if the threads are as they should be
 *   --html FILE   writes the page that shows the channel into a file
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { watchingOf } from '../constructs/watching';
import { INCIDENT_MINUTES, incident, knowledge } from './incident';
import { startLocalWorld } from './local-world';
import { readChannel, type Thread } from './slack-channel';
import { renderPage, servePage } from './slack-page';

const { values: options } = parseArgs({
  options: { once: { type: 'boolean' }, html: { type: 'string' } },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const world = await startLocalWorld({
    accountId: '111122223333',
    accountName: 'prod',
    region: 'eu-west-1',
    cluster: 'shop',
    ...watchingOf({}, { channel: '' }),
    alarms: { 'ecs/shop/cpu-high': { kind: 'cpu-high' } },
  });
  world.aws.known = knowledge();
  const page = await servePage(world.slack, world.channel, { name: 'ecs-alerts' });
  say(`The channel: ${page.url}\n`);

  const steps = incident(Date.now() - INCIDENT_MINUTES * 60_000);
  for (const [index, { told, bodies, ecs = {} }] of steps.entries()) {
    for (const [service, state] of Object.entries(ecs)) world.aws.services.set(service, state);
    say(`${String(index + 1).padStart(2)}/${steps.length}  ${told}`);
    await world.deliver(bodies);
  }

  const threads = await readChannel(world.slack, world.channel);
  say(`\n${threads.map(asText).join('\n\n')}\n`);
  if (options.html !== undefined) {
    mkdirSync(dirname(options.html), { recursive: true });
    writeFileSync(options.html, renderPage('ecs-alerts', threads));
  }
  if (options.once) {
    const wrong = faults(threads);
    for (const fault of wrong) say(`WRONG: ${fault}`);
    if (wrong.length > 0) say(`The function's log:\n${readFileSync(world.log, 'utf8')}`);
    say(`The threads are ${wrong.length === 0 ? '' : 'not '}as they should be.`);
    process.exitCode = wrong.length === 0 ? 0 : 1;
    await Promise.all([page.close(), world.close()]);
    return;
  }
  say(`The function's log: ${world.log}`);
  say(`See it drawn as Slack would: ${page.url} (Ctrl-C ends)`);
}

function asText({ parent, replies }: Thread): string {
  return [
    parent.text,
    ...replies.map(({ text, reply_broadcast }) => `  ↳ ${text}${reply_broadcast ? '  (also in the channel)' : ''}`),
  ].join('\n');
}

/** What the incident must have come to: one thread a service, closed, with every alert in it once. */
function faults(threads: readonly Thread[]): string[] {
  const expected: Readonly<Record<string, readonly RegExp[]>> = {
    api: [
      /^api: PAYMENTS_URL is read but set in neither api:42 nor api:41$/,
      /2nd stop in 2 min/,
      /CPU 91 %, limit 85 %/,
      /Crash loop: 5 stops in 6 min, all api:42, exit 1, last line KeyError: 'PAYMENTS_URL'/,
      /Deployment of api:42 failed after 9 min/,
      /Rolling back to api:41/,
      /Recovered after 11 min: 4 of 4 tasks running on api:41/,
    ],
    worker: [/^worker: CPU .* 93 %, limit 85 %/, /Scaled up 3 → 5/, /Recovered after 6 min: CPU back at 41/],
  };
  const services = Object.entries(expected).flatMap(([service, patterns]) => {
    const [thread, ...more] = threads.filter(({ parent }) => parent.text.includes(`${service}: `));
    if (thread === undefined || more.length > 0) return [`${service} has not exactly one thread`];
    const texts = thread.replies.map(({ text }) => text.replaceAll('\u00a0', ' '));
    return [
      ...(thread.parent.text.startsWith('🟢') ? [] : [`${service} is not over: ${thread.parent.text}`]),
      ...(texts.length === patterns.length
        ? []
        : [`${service} has ${texts.length} replies instead of ${patterns.length}`]),
      ...patterns
        .filter((pattern, index) => !pattern.test(texts[index] ?? ''))
        .map((pattern) => `${service}: ${pattern} is not told`),
    ];
  });
  return [...(threads.length === 2 ? [] : [`${threads.length} threads instead of 2`]), ...services];
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
