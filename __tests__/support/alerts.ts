import type { AlarmAlert, Deployment, Subject, TaskStopped } from '../../functions/notifier/alert';

export const API: Subject = { account: '111122223333', region: 'eu-west-1', cluster: 'shop', service: 'api' };

/** `14:02` of the day on which all tests play, in milliseconds. */
export function at(clock: string): number {
  return Date.parse(`2026-11-18T${clock.length === 5 ? `${clock}:00` : clock}Z`);
}

export function anAlarm(clock: string, more: Partial<AlarmAlert> = {}): AlarmAlert {
  const condition = more.condition ?? more.alarmName ?? 'ecs/shop/cpu-high#a29eb44b20c4362e';
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
