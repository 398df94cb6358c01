import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { threadStore } from '../../functions/notifier/deliver/thread-store';
import type { ThreadSettings } from '../../functions/notifier/deliver/writer-deps';
import type { ExplainRequest } from '../../functions/notifier/explain/request';
import type { Deps, Incoming } from '../../functions/notifier/handler';
import type { Settings } from '../../functions/read-settings';
import type { ClusterSettings } from '../../functions/settings';
import { RULES } from './alerts';
import { FakeSlack } from './channel';
import { lookingUp } from './look-up';

export const SETTINGS: ClusterSettings = {
  accountId: '111122223333',
  accountName: 'prod',
  region: 'eu-west-1',
  cluster: 'shop',
  token: { parameter: '/ecs-alerts/slack-bot-token' },
  ...RULES,
  alarms: { 'ecs/shop/cpu-high': { kind: 'cpu-high' } },
};

export const THREAD: ThreadSettings = { rules: RULES, place: { accountName: 'prod' }, leansOn: [] };

/** The settings with nothing listed. */
export function someSettings(more: Partial<Settings> = {}): Settings {
  return {
    cluster: SETTINGS,
    services: new Map(),
    dependencies: new Map(),
    alarms: new Map([['ecs/shop/cpu-high', { kind: 'cpu-high' }]]),
    ...more,
  };
}

/** A notifier on a real DynamoDB API and a channel in memory; what it gives back, dead-letters and logs is kept. */
export function aNotifier({ db, table }: { readonly db: DynamoDBDocumentClient; readonly table: string }) {
  const slack = new FakeSlack();
  const deadLetters: { readonly id: string; readonly cause: string }[] = [];
  const givenBack: { readonly id: string; readonly seconds: number }[] = [];
  const logged: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];
  const asked: { readonly request: ExplainRequest; readonly seconds: number }[] = [];
  const counted: { readonly metric: string; readonly value: number }[] = [];
  let passedMs = 0;
  const now = () => new Date(Date.now() + passedMs);
  const deps: Deps = {
    slack,
    store: threadStore(db, table, { now, newId: randomUUID }),
    pace: { turn: async () => {}, hold: async () => {}, free: async () => {} },
    lookUp: lookingUp(async () => {}),
    ask: async (request, seconds) => void asked.push({ request, seconds }),
    settings: async () => someSettings(),
    readServices: async () => new Map(),
    rolledBack: async () => false,
    deadLetter: async ({ id }, cause) => void deadLetters.push({ id, cause }),
    comeAgain: async (returns) => {
      givenBack.push(...returns.map(({ record, seconds }) => ({ id: record.id, seconds })));
      return 0;
    },
    count: (metric, value) => void counted.push({ metric, value }),
    log: (level, message, fields) => void logged.push({ level, message, fields }),
    now,
    sleep: (ms: number) => new Promise((done) => setTimeout(done, Math.min(ms, 5))),
    newId: randomUUID,
    remainingMs: () => 60_000,
    random: () => 0.5,
  };
  const pass = (ms: number) => {
    passedMs += ms;
  };
  return { deps, slack, deadLetters, givenBack, asked, logged, counted, pass };
}

let received = 0;

export function aRecord(body: object | string, more: Partial<Incoming> = {}): Incoming {
  received += 1;
  return {
    id: `record-${received}`,
    receiptHandle: `handle-${received}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    sentAtMs: Date.parse('2026-11-18T14:02:00Z'),
    receiveCount: 1,
    ...more,
  };
}

const STOP = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/eventbridge-ecs-task-stopped-essential-container-exited.json'), 'utf8'),
) as { readonly detail: object };

/** A stopped task of a service, told apart by its number. */
export function aStopRecord(service: string, task = 1): Incoming {
  const detail = { ...STOP.detail, group: `service:${service}`, taskArn: `task/${service}/${task}` };
  return aRecord({ ...STOP, detail });
}
