import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { decode } from '../../functions/notifier/decode';
import { renderParent } from '../../functions/notifier/render/parent';
import { renderReply } from '../../functions/notifier/render/reply';
import { newThread } from '../../functions/notifier/thread/memory';
import { fold } from '../../functions/notifier/thread/thread';
import { RULES } from '../support/alerts';
import { expectWithinLimits } from '../support/limits';

const FIXTURES = join(__dirname, '..', 'fixtures');
const RECORDED = readdirSync(FIXTURES)
  .filter((file) => /^(sns|eventbridge)-/.test(file))
  .map((file) => readFileSync(join(FIXTURES, file), 'utf8'));
const CONTEXT = {
  cluster: { account: '111122223333', region: 'eu-west-1', cluster: 'shop' },
  alarms: new Map(),
  services: new Map(),
  dependencies: new Map(),
  sentAtMs: 1_794_992_965_330,
};

const ODD = fc.oneof(
  fc.constantFrom(null, '', '\ud800', '__proto__', 'constructor', '9999-99-99T00:00:00Z', '+275760-09-13T00:00:00Z'),
  fc.constantFrom('x'.repeat(100_000), '<!channel>'.repeat(500), '&'.repeat(2000), '```', '\u202e', {}, []),
  fc.double(),
  fc.string(),
  fc.jsonValue(),
);

/** Every value in a JSON document, with the way to set it. */
function places(value: unknown): ((odd: unknown) => void)[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    (odd: unknown) =>
      Object.defineProperty(value, key, { value: odd, enumerable: true, configurable: true, writable: true }),
    ...places(inner),
  ]);
}

test('decodes, stores and draws events with whatever in them', () => {
  const odds = fc.array(fc.tuple(fc.nat(), ODD), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...RECORDED), odds, (recorded, changes) => {
      const event: unknown = JSON.parse(recorded);
      for (const [at, odd] of changes) {
        const all = places(event);
        all[at % all.length]?.(structuredClone(odd));
      }

      const alert = decode(JSON.stringify(event), CONTEXT);
      const { thread, opens } = fold(newThread(alert.subject), [alert], RULES);

      expect(alert.identity).not.toBe('');
      expect(JSON.stringify(marshall(thread, { removeUndefinedValues: true })).length).toBeLessThan(50_000);
      if (opens === undefined || thread.incident === undefined) return;
      expectWithinLimits(renderParent(thread.incident, { subject: alert.subject, accountName: 'prod' }));
      expectWithinLimits(renderReply([opens], { subject: alert.subject, broadcast: true }));
    }),
    { numRuns: Number(process.env['MUTATIONS'] ?? 2000) },
  );
});
