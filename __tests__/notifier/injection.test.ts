import type { Alert } from '../../functions/notifier/alert';
import { decode } from '../../functions/notifier/decode';
import type { Message } from '../../functions/notifier/render/blocks';
import { renderParent } from '../../functions/notifier/render/parent';
import { renderReply } from '../../functions/notifier/render/reply';
import { newThread } from '../../functions/notifier/thread/memory';
import { fold } from '../../functions/notifier/thread/thread';
import { RULES } from '../support/alerts';
import { beyondLimits, textsOf } from '../support/limits';
import { markupIn } from '../support/neutral';
import { CONTEXT, inEnvelope, places, RECORDED } from '../support/recorded';

const HOSTILE: Readonly<Record<string, string>> = {
  'a mention of the channel': '<!channel> <!here> <!everyone>',
  'a mention of a person': '<@U1> @here @channel',
  'a channel': '<#C1> <#C1|general> #general',
  'a user group': '<!subteam^S1> <!subteam^S1|@ops>',
  'a date': '<!date^1795010520^{time}^https://evil.example|now>',
  'a link with a label': '<https://evil.example|Service>',
  'bare links': 'https://evil.example/?a=b www.evil.example mailto:a@evil.example',
  'a link in a name': 'api|x> <https://evil.example|click',
  'a host': 'evil.example/',
  'escaped markup': '&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;!channel>',
  'a backtick': '`',
  'code that does not end': 'a `code',
  'a block of code': '```\ncode\n```',
  'a fence that does not end': 'a```',
  'four backticks': '````',
  'bold, italic, struck': '*b* _i_ ~s~',
  'style that does not end': '*',
  'marks around': '_~*api*~_',
  'an underscore': '_',
  'a quote': '> quote\n>>> all',
  'a list': '\n• one\n- two\n1. three\n# head',
  'new lines': '\n\n\r\n\u2028\u2029\u0085\u000b\u000c'.repeat(50),
  'the other direction': '\u202eevil\u202c \u2066a\u2067b\u2068c\u2069 \u200f',
  'what has no width': '\u200b\u200c\u200d\ufeff\u2060\u00ad',
  'only what cannot be seen': '\u200b\u3164\u115f\u2800\u034f\ufe0f',
  'a NUL': 'a\u0000b',
  'colours of a terminal': '\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007',
  'half a character': 'a\ud800b\udc00',
  tags: 'api\u{e0041}\u{e0042}\u{e007f}\u{e0100}',
  'no character': '\uffff\ufdd0\u{1ffff}',
  'a flood of marks': `${'z\u0335\u0321\u0322\u0327\u0349\u035a\u0361'.repeat(200)}\u0301${'\u0301'.repeat(5000)}`,
  'a flood of emoji': '🚨👩‍👩‍👧🏳️‍🌈'.repeat(1000),
  'a flood of emoji by name': ':rotating_light:'.repeat(1000),
  'an emoji by name': ':rotating_light:',
  'a flood of controls': '&<>'.repeat(5000),
  'wide letters': '警告'.repeat(5000),
  'a hundred kilobytes': 'OutOfMemoryError '.repeat(6000),
  'one long word': 'x'.repeat(5000),
  'an inherited name': '__proto__',
  nothing: ' ',
};

const PLACE = { accountName: 'prod' };

/** Each recorded body with each of its texts replaced, one at a time; every other one as SNS wraps it. */
function bodiesWith(hostile: string): readonly string[] {
  const inside = [...RECORDED.values()].flatMap((recorded) => replaced(recorded, hostile));
  const outside = [...RECORDED.values()].slice(-1).flatMap((recorded) => replaced(inEnvelope(recorded), hostile));
  return [...inside.map((body, index) => (index % 2 === 0 ? body : inEnvelope(body))), ...outside];
}

function replaced(recorded: string, hostile: string): readonly string[] {
  const event: unknown = JSON.parse(recorded);
  return places(event)
    .filter(({ value }) => typeof value === 'string')
    .map(({ value, set }) => {
      set(hostile);
      const body = JSON.stringify(event);
      set(value);
      return body;
    });
}

/** What the alerts become: the parent, the reply that is also sent to the channel, the one that says that it is over. */
function messagesOf(alerts: readonly Alert[]): readonly Message[] {
  const [first] = alerts;
  if (first === undefined) return [];
  const { subject } = first;
  const { thread: opened, opens, replies } = fold(newThread(subject), alerts, RULES);
  const told = [...(opens === undefined ? [] : [opens]), ...replies];
  if (opened.incident === undefined || told.length === 0) return [];
  return [
    renderParent(opened.incident, { subject, ...PLACE }),
    renderReply(told, { subject, broadcast: alerts.length === 1 }),
    ...(alerts.length === 1 ? [] : [renderReply(told, { subject, broadcast: true, recoveredAfterMs: 60_000 })]),
  ];
}

/** What stays in the first line, whatever stands beside it. */
const KINDS: Readonly<Partial<Record<Alert['kind'], RegExp>>> = {
  'cpu-high': /CPU/,
  'memory-high': /memory/i,
  'task-stopped': /stop/i,
  'crash-loop': /crash loop/i,
  deployment: /deployment|roll/i,
  'at-max': /maximum/,
  unknown: /unknown event|no event/i,
};

/** What is not to be read at a glance, in a parent. */
function unreadableIn(alert: Alert, { text, blocks }: Message): readonly string[] {
  const [section = ''] = textsOf({ text, blocks });
  const lines = section.split('\n');
  const [head = ''] = lines;
  const kind = KINDS[alert.kind] ?? /\S/;
  const { service = '' } = alert.subject;
  const isNamed = !/^[a-z][a-z-]*$/.test(service) || head.includes(`*${service}* · `);
  const isHead = /^[🔴🟠🔵🟢]\u00a0\*(`[^`]+`|[^*`]+)\*( \(cluster\))? · \S/u.test(head);
  return [
    ...(isHead && isNamed && kind.test(head) ? [] : [`no headline: ${head}`]),
    ...(kind.test(text) ? [] : [`not on the phone: ${text}`]),
    ...(section.length > 1500 || lines.length > 15 ? [`more than a screen: ${section}`] : []),
  ];
}

/** Most texts of an event are not shown: what was looked at once is good. */
function problemsIn(all: readonly (readonly Alert[])[]): readonly string[] {
  const different = new Map(all.map((alerts) => [JSON.stringify(alerts), alerts]));
  const seen = new Set<string>();
  return [...different.values()].flatMap((alerts) => {
    const messages = messagesOf(alerts);
    const fresh = messages.filter((message) => !seen.has(JSON.stringify(message)));
    for (const message of fresh) seen.add(JSON.stringify(message));
    const [alert] = alerts;
    const [parent] = messages;
    const isOne = alerts.length === 1 && alert !== undefined && parent !== undefined && fresh.includes(parent);
    return [...fresh.flatMap(markupIn), ...fresh.flatMap(beyondLimits), ...(isOne ? unreadableIn(alert, parent) : [])];
  });
}

test.each(Object.entries(HOSTILE))('takes for nothing but words, wherever AWS sends it: %s', (_name, hostile) => {
  const alerts = bodiesWith(hostile).map((body) => [decode(body, CONTEXT)]);

  expect(problemsIn(alerts)).toEqual([]);
});

test.each(Object.entries(HOSTILE))('takes many of them at once for nothing but words: %s', (_name, hostile) => {
  const subject = { ...CONTEXT.cluster, service: 'api' };
  const batches = [...RECORDED.values()].map((recorded) =>
    replaced(recorded, hostile).map((body, index) => ({ ...decode(body, CONTEXT), identity: `${index}`, subject })),
  );

  expect(problemsIn(batches)).toEqual([]);
});
