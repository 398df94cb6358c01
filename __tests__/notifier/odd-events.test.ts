import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import type { Alert } from '../../functions/notifier/alert';
import { decode } from '../../functions/notifier/decode';
import type { Message } from '../../functions/notifier/render/blocks';
import { renderParent } from '../../functions/notifier/render/parent';
import { renderReply } from '../../functions/notifier/render/reply';
import { newThread, type Thread } from '../../functions/notifier/thread/memory';
import { type Folded, fold } from '../../functions/notifier/thread/thread';
import type { UntoldRule } from '../../functions/notifier/thread/untold';
import { threadKey } from '../../functions/subject';
import { anAlarm, aReading, aStop, at, RULES } from '../support/alerts';
import { beyondLimits, textsOf } from '../support/limits';
import { markupIn } from '../support/neutral';
import { CONTEXT, inEnvelope, places, RECORDED } from '../support/recorded';

/** How many mutated bodies are tried; the memory that they take does not grow with it. */
const MUTATIONS = Number(process.env['MUTATIONS'] ?? 2000);
const PLACE = { accountName: 'prod' };

const ODD = fc.oneof(
  fc.constantFrom(null, '', '\ud800', '__proto__', 'constructor', '9999-99-99T00:00:00Z', '+275760-09-13T00:00:00Z'),
  fc.constantFrom('x'.repeat(100_000), '<!channel>'.repeat(500), '&'.repeat(2000), '```', '\u202e', {}, []),
  fc.constantFrom('OK', 'ALARM', 'INSUFFICIENT_DATA', 'STOPPED', 'ERROR', 'ecs-alerts.watcher', 'service:', 'a/b/c/d'),
  fc.double(),
  fc.string(),
  fc.jsonValue(),
);

type Mutation = (body: string) => string;

/** Some values of the document are others. */
const inFields: fc.Arbitrary<Mutation> = fc
  .array(fc.tuple(fc.nat(), ODD), { minLength: 1, maxLength: 4 })
  .map((changes) => (body) => {
    const event: unknown = JSON.parse(body);
    for (const [nth, odd] of changes) {
      const all = places(event);
      all[nth % all.length]?.set(structuredClone(odd));
    }
    return JSON.stringify(event);
  });

const STRAY = fc.oneof(fc.constantFrom(...'{}[]",:\\`<>&*\n\0\ud800'), fc.string({ maxLength: 3 }));
const EDITS: readonly ((body: string, from: number, length: number, stray: string) => string)[] = [
  (body, from, length) => body.slice(0, from) + body.slice(from + length),
  (body, from, _length, stray) => body.slice(0, from) + stray + body.slice(from + stray.length),
  (body, from, _length, stray) => body.slice(0, from) + stray + body.slice(from),
  (body, from) => body.slice(0, from),
  (body, from, length) => body.slice(0, from + length) + body.slice(from),
];

/** Some of its text is deleted, changed, inserted, cut off or doubled: mostly it is no JSON any more. */
const inText: fc.Arbitrary<Mutation> = fc
  .array(fc.tuple(fc.constantFrom(...EDITS), fc.nat(), fc.integer({ min: 1, max: 200 }), STRAY), {
    minLength: 1,
    maxLength: 4,
  })
  .map(
    (edits) => (body) =>
      edits.reduce((text, [edit, from, length, stray]) => edit(text, from % (text.length + 1), length, stray), body),
  );

/** A recorded body, mutated as it is, or in the envelope of SNS, or together with it. */
const mutated = fc
  .tuple(
    fc.constantFrom(...RECORDED.values()),
    fc.oneof(inFields, inText),
    fc.constantFrom<'raw' | 'inside' | 'outside'>('raw', 'inside', 'outside'),
  )
  .map(([recorded, mutate, where]) => {
    if (where === 'raw') return mutate(recorded);
    return where === 'inside' ? inEnvelope(mutate(recorded)) : mutate(inEnvelope(recorded));
  });

/** Why what AWS sends need not be told, in a thread of its own and in one in which something is wrong. */
const GOOD_REASONS: ReadonlySet<UntoldRule> = new Set([
  'asked for',
  'join without an open incident',
  'nothing that it ends',
  'OK without a condition',
  'stale OK',
  'told before',
]);

/** A thread that a stop has opened, while the CPU is high. */
function openThread({ subject, atMs }: Alert): Thread {
  const parent = { channel: 'C1', ts: '1.1' };
  const before = [aStop('14:00', { subject, atMs: atMs - 60_000 }), anAlarm('14:01', { subject, atMs: atMs - 1000 })];
  const { thread } = fold(newThread(subject), before, RULES);
  return thread.incident === undefined ? thread : { ...thread, incident: { ...thread.incident, parent } };
}

/** What is wrong with how the alert is told: it is lost, cannot be stored, or Slack would not take it. */
function problemsOf(alert: Alert, { thread, opens, replies, untold, rest }: Folded): readonly string[] {
  const told = [...(opens === undefined ? [] : [opens]), ...replies];
  const badReasons = untold.filter(({ rule }) => !GOOD_REASONS.has(rule)).map(({ rule }) => `untold: ${rule}`);
  const stored = JSON.stringify(marshall(thread, { removeUndefinedValues: true })).length;
  return [
    ...(told.length + untold.length === 1 && rest.length === 0 ? [] : ['not exactly once']),
    ...badReasons,
    ...(stored > 50_000 ? [`${stored} bytes to store`] : []),
    ...messagesOf(alert, thread, told).flatMap((message) => [...beyondLimits(message), ...markupIn(message)]),
  ];
}

function messagesOf({ subject }: Alert, { incident }: Thread, told: Folded['replies']): readonly Message[] {
  const parent = incident === undefined ? [] : [renderParent(incident, { subject, ...PLACE })];
  const broadcast = told.some(({ alert }) => alert.atMs % 2 === 0);
  return told.length === 0 ? parent : [...parent, renderReply(told, { subject, broadcast })];
}

test('loses nothing of what is sent, whatever is in it', () => {
  fc.assert(
    fc.property(mutated, (body) => {
      const alert = decode(body, CONTEXT);

      expect(decode(body, CONTEXT)).toEqual(alert);
      expect(alert.identity).not.toBe('');
      // The keys of a table: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
      expect(Buffer.byteLength(threadKey(alert.subject))).toBeLessThanOrEqual(1024);
      const alone = fold(newThread(alert.subject), [alert], RULES);
      const among = fold(openThread(alert), [alert], RULES);
      expect([...problemsOf(alert, alone), ...problemsOf(alert, among)]).toEqual([]);
    }),
    { numRuns: MUTATIONS },
  );
}, 3_600_000);

test('shows as it is what cannot be read', () => {
  const unreadable = fc
    .tuple(fc.constantFrom(...RECORDED.values()), inText)
    .map(([recorded, mutate]) => mutate(recorded))
    .filter((body) => body.trim() !== '' && !isJson(body));
  fc.assert(
    fc.property(unreadable, fc.boolean(), (body, enveloped) => {
      const alert = decode(enveloped ? inEnvelope(body) : body, CONTEXT);
      const { thread, opens } = fold(newThread(alert.subject), [alert], RULES);

      expect(alert).toMatchObject({ kind: 'unknown', subject: CONTEXT.cluster });
      expect(opens?.alert).toBe(alert);
      const [, shown = ''] = messagesOf(alert, thread, []).flatMap(textsOf);
      expect(plain(shown).slice(0, 300)).toBe(plain(body).slice(0, 300));
    }),
    { numRuns: Math.min(MUTATIONS, 500) },
  );
});

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

/** The letters and digits of a text, which are shown as they are. */
function plain(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, '').replace(/[^\w]/g, '');
}

test('reads what is nested deeper than anybody would', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  const alarm = `{"AlarmName":"deep","NewStateValue":"ALARM","x":${deep}}`;
  const event = `{"detail-type":"ECS Service Action","detail":{"eventName":"SERVICE_STEADY_STATE","serviceName":"api"},"x":${deep}}`;

  expect(decode(alarm, CONTEXT)).toMatchObject({ kind: 'alarm', identity: expect.stringMatching(/^alarm\/deep@\w+$/) });
  expect(decode(event, CONTEXT)).toMatchObject({ kind: 'steady', identity: expect.stringMatching(/^\w+$/) });
  expect(decode(deep, CONTEXT)).toMatchObject({ kind: 'unknown' });
});

/** The queue's policy keeps others from it, the topic's does not: they can claim to be the watcher. */
test('takes for a wake of the watcher only what is one', () => {
  const { subject } = anAlarm('14:00');
  const due = { what: 'reminder', atMs: at('14:02'), openedAtMs: at('13:02') };
  const wakes = [
    { source: 'ecs-alerts.watcher', kind: 'reading', subject, reading: aReading('14:02'), version: 1 },
    { source: 'ecs-alerts.watcher', kind: 'due', subject, due },
  ].map((wake) => JSON.stringify(wake));

  expect(wakes.map((wake) => decode(wake, CONTEXT).kind)).toEqual(['observation', 'due']);
  fc.assert(
    fc.property(fc.constantFrom(...wakes), inFields, (wake, mutate) => {
      const alert = decode(mutate(wake), CONTEXT);
      const { thread, opens, replies } = fold(openThread(alert), [alert], RULES);
      const told = [...(opens === undefined ? [] : [opens]), ...replies];

      expect(messagesOf(alert, thread, told).flatMap(beyondLimits)).toEqual([]);
    }),
    { numRuns: Math.min(MUTATIONS, 2000) },
  );
});
