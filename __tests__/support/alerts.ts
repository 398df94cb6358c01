import type { Reading } from '../../functions/level/reading';
import type { AlarmAlert, Deployment, Observation, TaskStopped } from '../../functions/notifier/alert';
import type { Rules } from '../../functions/notifier/thread/thread';
import type { Subject } from '../../functions/subject';

export const API: Subject = { account: '111122223333', region: 'eu-west-1', cluster: 'shop', service: 'api' };

/** The defaults. */
export const RULES: Rules = {
  channel: 'C0123456789',
  broadcast: ['warning', 'critical'],
  quietMinutes: 60,
  reopenMinutes: 60,
  remindMinutes: 60,
  deploymentMinutes: 30,
  underDesiredMinutes: 5,
  crashLoop: { stops: 3, minutes: 30 },
  tell: {},
  explain: [],
};

/** `14:02` of the day on which all tests play, in milliseconds. */
export function at(clock: string): number {
  return Date.parse(`2026-11-18T${clock.length === 5 ? `${clock}:00` : clock}Z`);
}

export function anAlarm(clock: string, more: Partial<AlarmAlert> = {}): AlarmAlert {
  const condition = more.condition ?? `alarm/${more.alarmName ?? 'ecs/shop/cpu-high#a29eb44b20c4362e'}`;
  return {
    kind: 'cpu-high',
    subject: API,
    identity: `${condition}@${clock}`,
    atMs: at(clock),
    state: 'ALARM',
    condition,
    alarmName: 'ecs/shop/cpu-high',
    measure: 'CPU',
    unit: '%',
    value: 93.4,
    threshold: 85,
    below: false,
    datapoints: { needed: 5, of: 5, periodSeconds: 60 },
    vanished: false,
    ...more,
  };
}

export function anOk(clock: string, more: Partial<AlarmAlert> = {}): AlarmAlert {
  return anAlarm(clock, { state: 'OK', value: 41.1, ...more });
}

export function aStop(clock: string, more: Partial<TaskStopped> = {}): TaskStopped {
  return {
    kind: 'task-stopped',
    subject: API,
    identity: `arn:aws:ecs:eu-west-1:111122223333:task/shop/${clock}@6`,
    atMs: at(clock),
    askedFor: false,
    crashed: true,
    task: clock,
    family: 'api',
    revision: 'api:42',
    deploymentId: 'ecs-svc/42',
    reason: 'Essential container in task exited',
    exitCode: 1,
    ...more,
  };
}

export function aDeployment(clock: string, phase: Deployment['phase'], more: Partial<Deployment> = {}): Deployment {
  return {
    kind: 'deployment',
    subject: API,
    identity: `${phase}@${clock}`,
    atMs: at(clock),
    phase,
    deploymentId: 'ecs-svc/42',
    reason: phase === 'failed' ? 'ECS deployment circuit breaker: task failed to start.' : '',
    ...more,
  };
}

/** What ECS says at this time; settled unless said otherwise. */
export function aReading(clock: string, more: Partial<Reading> = {}): Reading {
  const deployment = { id: 'ecs-svc/41', primary: true, revision: 'api:41', failedTasks: 0 } as const;
  const deployments = [{ ...deployment, state: 'completed' as const, createdAtMs: at('09:00') }];
  return { atMs: at(clock), desired: 4, running: 4, deployments, ...more };
}

/** The deployment of `api:42` under way, beside the old one. */
export function deploying(clock: string, more: Partial<Reading['deployments'][number]> = {}): Reading['deployments'] {
  const [old] = aReading(clock).deployments;
  const id = { id: 'ecs-svc/42', revision: 'api:42', primary: true, state: 'in-progress' as const, failedTasks: 0 };
  return [{ ...id, createdAtMs: at(clock), ...more }, ...(old === undefined ? [] : [{ ...old, primary: false }])];
}

export function anObservation(clock: string, more: Partial<Reading> = {}, insists = false): Observation {
  const reading = aReading(clock, more);
  return { kind: 'observation', subject: API, identity: `reading@${clock}`, atMs: reading.atMs, reading, insists };
}
