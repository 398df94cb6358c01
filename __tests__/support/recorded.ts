import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../functions/notifier/decode/context';

const FIXTURES = join(__dirname, '..', 'fixtures');

/** What AWS was seen to send, by the name of its file. */
export const RECORDED: ReadonlyMap<string, string> = new Map(
  readdirSync(FIXTURES)
    .filter((file) => /^(sns|eventbridge)-/.test(file))
    .map((file) => [file.replace('.json', ''), readFileSync(join(FIXTURES, file), 'utf8')]),
);

export const CONTEXT: Context = {
  cluster: { account: '111122223333', region: 'eu-west-1', cluster: 'shop' },
  alarms: new Map(),
  services: new Map(),
  dependencies: new Map(),
  sentAtMs: 1_794_992_965_330,
};

/** As SNS hands it on where it is not raw: the event is a string in it. */
export function inEnvelope(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '0e4a1d3c-11a5-5b0e-9a55-4c9c7a3a2f10',
    TopicArn: 'arn:aws:sns:eu-west-1:111122223333:ecs-alerts-shop-alarms',
    Subject: 'ALARM: "api" in EU (Ireland)',
    Message: message,
    Timestamp: '2026-11-18T09:14:22.200Z',
    SignatureVersion: '1',
  });
}

/** A place in a JSON document, and what to set it to. */
export interface Place {
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

/** Every value in a JSON document. */
export function places(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    {
      value: inner,
      set: (other: unknown) =>
        Object.defineProperty(value, key, { value: other, enumerable: true, configurable: true, writable: true }),
    },
    ...places(inner),
  ]);
}
