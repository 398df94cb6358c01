import { type Alert, isAlarm } from '../../functions/notifier/alert';
import { decode } from '../../functions/notifier/decode';
import { explainRequest } from '../../functions/notifier/decode/explain-request';
import { settingsOf } from '../../functions/read-settings';
import type { Policy } from '../../functions/settings';
import { type Subject, threadKey } from '../../functions/subject';
import { type AlarmResource, alarmMessage } from '../simulation/alarm-messages';
import { type Deployed, deployed } from '../simulation/deployed';
import { taskStopped } from '../simulation/events';
import { ACCOUNT, CLUSTER, REGION } from '../simulation/place';
import type { Random } from '../simulation/random';
import type { ClusterSetup } from './fire';

/** A service by what its alerts are told as. */
export interface ServiceOnFire {
  readonly name: string;
  readonly channel: string;
  readonly policies?: { readonly memory?: 'off'; readonly cpu?: 'join' };
}

/** One thing that happened: sent at least once. */
export interface Happened {
  readonly body: string;
  readonly atMs: number;
  readonly identity: string;
  readonly service: string;
  readonly alert: Alert;
  readonly policy: Policy;
}

/** Services with alarms that can be made to say anything, each thing once. */
export class ClusterOnFire {
  readonly deployed: Deployed;
  private readonly alarms: ReadonlyMap<string, readonly AlarmResource[]>;
  private readonly settings: ReturnType<typeof settingsOf>;

  constructor(
    readonly services: readonly ServiceOnFire[],
    { explain } = { explain: true },
  ) {
    const own = services.map(({ name, channel, policies = {} }) => [
      name,
      {
        slack: { channel },
        cpu: { percent: 90, policy: policies.cpu ?? 'open' },
        memory: { percent: 90, policy: policies.memory ?? 'open' },
        saturated: false,
        logs: ['ERROR', 'FATAL', 'TIMEOUT'].map((pattern) => ({ logGroup: `/ecs/${name}`, pattern })),
        scaledUp: false,
        scaledDown: false,
        stopped: false,
        crashLoop: false,
      },
    ]);
    this.deployed = deployed({ services: Object.fromEntries(own), remindMinutes: 0, explain });
    this.alarms = new Map(
      services.map(({ name }) => [
        name,
        this.deployed.alarms.filter(({ alarm_name: alarm }) => alarm.startsWith(`ecs/${CLUSTER}/${name}/`)),
      ]),
    );
    this.settings = settingsOf(this.deployed.items, 'the table');
  }

  alarmsOf(service: string): readonly AlarmResource[] {
    return this.alarms.get(service) ?? [];
  }

  changed(service: string, alarm: AlarmResource, state: 'ALARM' | 'OK', atMs: number, random: Random): Happened {
    const reason = 'Threshold Crossed: 5 out of the last 5 datapoints were greater than the threshold.';
    return this.happened(service, alarmMessage(random.uuid(), alarm, { state, reason, atMs }), atMs);
  }

  stopped(service: string, atMs: number, random: Random, asked = false): Happened {
    const task = {
      id: random.uuid().replaceAll('-', ''),
      group: `service:${service}`,
      revision: `${service}:${random.whole(1, 9)}`,
      startedBy: 'ecs-svc/1',
      spot: false,
      createdAtMs: atMs - 600_000,
      startedAtMs: atMs - 590_000,
    };
    const cause = asked
      ? { stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user' }
      : {
          stopCode: 'EssentialContainerExited',
          stoppedReason: 'Essential container in task exited',
          exitCode: random.whole(1, 3),
        };
    return this.happened(service, taskStopped(random.uuid(), task, cause, atMs), atMs);
  }

  /** What no decoder knows. */
  odd(service: string, atMs: number, random: Random): Happened {
    const event = {
      version: '0',
      id: random.uuid(),
      'detail-type': 'Something New',
      source: 'aws.ecs',
      account: ACCOUNT,
      region: REGION,
      time: new Date(atMs).toISOString(),
      resources: [`arn:aws:ecs:${REGION}:${ACCOUNT}:service/${CLUSTER}/${service}`],
      detail: { text: 'nobody knows <!channel>' },
    };
    return this.happened(service, JSON.stringify(event), atMs);
  }

  /** As a notifier takes it. */
  onFire(): ClusterSetup {
    return { deployed: this.deployed, services: this.services.map(({ name }) => name), subjectOf: this.subjectOf };
  }

  /** What only explains is nobody's alert. */
  private readonly subjectOf = (body: string): string | undefined =>
    explainRequest(body) === undefined ? threadKey(this.decoded(body, 0).subject) : undefined;

  private happened(service: string, body: string, atMs: number): Happened {
    const alert = this.decoded(body, atMs);
    if (alert.subject.service !== service)
      throw new Error(`the alert is of ${alert.subject.service}, not of ${service}`);
    return { body, atMs, identity: alert.identity, service, alert, policy: this.policyOf(service, alert) };
  }

  private policyOf(service: string, alert: Alert): Policy {
    const { policies = {} } = this.services.find(({ name }) => name === service) ?? {};
    if (alert.kind === 'cpu-high') return policies.cpu ?? 'open';
    return alert.kind === 'memory-high' ? (policies.memory ?? 'open') : 'open';
  }

  private decoded(body: string, sentAtMs: number): Alert {
    const { alarms, services, dependencies } = this.settings;
    const cluster: Subject = { account: ACCOUNT, region: REGION, cluster: CLUSTER };
    return decode(body, { cluster, alarms, services, dependencies, sentAtMs });
  }
}

/** What stands in the end, by service: the policies of the alarms whose last change, by its own time, is ALARM. */
export function standing(happened: readonly Happened[]): ReadonlyMap<string, ReadonlySet<Policy>> {
  const newest = new Map<string, Happened>();
  for (const one of happened) {
    if (!isAlarm(one.alert)) continue;
    const key = one.alert.alarmName;
    const known = newest.get(key);
    if (known === undefined || known.alert.atMs < one.alert.atMs) newest.set(key, one);
  }
  const byService = new Map<string, Set<Policy>>();
  for (const { alert, service, policy } of newest.values()) {
    if (!isAlarm(alert) || alert.state !== 'ALARM') continue;
    const policies = byService.get(service) ?? new Set();
    byService.set(service, policies.add(policy));
  }
  return byService;
}
