import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WAKE_SOURCE, type Wake } from '../functions/wake';
import type { EmulatedKnowledge, EmulatedService } from './emulated-aws';

/** One step of the recorded incident: what the queue brings at once. */
export interface Step {
  readonly told: string;
  readonly bodies: readonly string[];
  /** What ECS says from now on, by service. */
  readonly ecs?: Readonly<Record<string, EmulatedService>>;
}

const FIXTURES = join(__dirname, '..', '__tests__', 'fixtures');
const ARN = 'arn:aws:ecs:eu-west-1:111122223333';

interface Envelope {
  readonly detail: Readonly<Record<string, unknown>>;
}

function recorded<T>(name: string): T {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8').replaceAll('us-east-1', 'eu-west-1')) as T;
}

/** What there is to look up: nobody has added the variable that the new code reads. */
export function knowledge(): EmulatedKnowledge {
  const definition = (revision: number, registeredAt: string) => {
    const { taskDefinition } = recorded<{ readonly taskDefinition: object }>(
      `ecs-describe-task-definition-api-${revision}`,
    );
    return { ...taskDefinition, registeredAt: Date.parse(registeredAt) / 1000 };
  };
  const day = 24 * 3600_000;
  return {
    taskDefinitions: {
      'api:41': definition(41, new Date(Date.now() - 7 * day).toISOString()),
      'api:42': definition(42, new Date(Date.now() - (INCIDENT_MINUTES + 3) * 60_000).toISOString()),
    },
    logLines: [
      'INFO  starting api 1.42.0',
      'Traceback (most recent call last):',
      '  File "/app/payments.py", line 12, in <module>',
      '    url = os.environ["PAYMENTS_URL"]',
      "KeyError: 'PAYMENTS_URL'",
    ],
    cpu: {
      worker: [38, 41, 40, 44, 47, 46, 52, 58, 61, 66, 64, 71, 76, 82, 87, 90, 91, 93, 92, 93],
      api: [30, 31, 30, 32, 34, 33, 36, 60, 72, 81, 88, 90, 91, 93, 94, 93, 92, 91, 93, 93],
    },
  };
}

/** So many minutes the story takes. */
export const INCIDENT_MINUTES = 13;

/**
 * The story behind the project, from recorded events: a deployment whose tasks stop again and again because a variable
 * is missing, a rollback, all is well again; and meanwhile another service has too little CPU and scales up.
 */
export function incident(startMs: number): readonly Step[] {
  const at = (minute: number) => startMs + minute * 60_000;
  const iso = (minute: number) => new Date(at(minute)).toISOString();

  const stop = (minute: number) => {
    const event = recorded<Envelope>('eventbridge-ecs-task-stopped-essential-container-exited');
    const [container] = event.detail['containers'] as object[];
    return JSON.stringify({
      ...event,
      region: 'eu-west-1',
      time: iso(minute),
      detail: {
        ...event.detail,
        clusterArn: `${ARN}:cluster/shop`,
        taskArn: `${ARN}:task/shop/${minute}`,
        containers: [{ ...container, exitCode: 1 }],
        startedBy: 'ecs-svc/42',
        stoppedAt: iso(minute),
      },
    });
  };
  const deployment = (minute: number, id: number, name: string, reason: string) =>
    JSON.stringify({
      ...recorded<Envelope>('eventbridge-ecs-deployment-IN_PROGRESS'),
      id: `deployment-${minute}`,
      region: 'eu-west-1',
      time: iso(minute),
      resources: [`${ARN}:service/shop/api`],
      detail: {
        eventName: `SERVICE_DEPLOYMENT_${name}`,
        deploymentId: `ecs-svc/${id}`,
        updatedAt: iso(minute),
        reason,
      },
    });
  const cpu = (minute: number, service: string, state: 'ALARM' | 'OK') => {
    const alarm = recorded<Record<string, unknown>>(`sns-alarm-metrics-insights-contributor-${state}`);
    const message = JSON.stringify({
      ...alarm,
      AlarmName: 'ecs/shop/cpu-high',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:ecs/shop/cpu-high',
      AlarmContributorId: service,
      AlarmContributorAttributes: { ServiceName: service },
      Trigger: { ...(alarm['Trigger'] as object), Threshold: 85, EvaluationPeriods: 5, DatapointsToAlarm: 5 },
      StateChangeTime: iso(minute).replace('Z', '+0000'),
    });
    return JSON.stringify({ Type: 'Notification', MessageId: `${service}-${minute}`, Message: message });
  };

  /** The watcher saw that a service is other than it was told. */
  const seen = (service: string) => {
    const subject = { account: '111122223333', region: 'eu-west-1', cluster: 'shop', service };
    const reading = { atMs: at(0), desired: 0, running: 0, deployments: [] };
    const wake: Wake = { source: WAKE_SOURCE, subject, kind: 'reading', version: 0, reading };
    return JSON.stringify(wake);
  };
  const revision = (id: number, state: 'IN_PROGRESS' | 'COMPLETED', minute: number) => {
    return { id: `ecs-svc/${id}`, revision: `api:${id}`, state, createdAtMs: at(minute) };
  };
  const api = (...deployments: EmulatedService['deployments']): EmulatedService => {
    return { desired: 4, running: 4, deployments };
  };
  const worker = (desired: number): EmulatedService => ({ desired, running: desired, deployments: [] });
  const good = revision(41, 'COMPLETED', -9000);

  return [
    {
      told: 'the watcher sees the services for the first time',
      ecs: { api: api(good), worker: worker(3) },
      bodies: [seen('api'), seen('worker')],
    },
    {
      told: 'api is deployed',
      ecs: { api: api(revision(42, 'IN_PROGRESS', 0), good) },
      bodies: [deployment(0, 42, 'IN_PROGRESS', 'ECS deployment ecs-svc/42 in progress.')],
    },
    { told: 'its first task stops', bodies: [stop(2)] },
    { told: 'and the next', bodies: [stop(4)] },
    { told: 'CPU of worker is too high', bodies: [cpu(5, 'worker', 'ALARM')] },
    { told: 'three more stops and an alarm at once', bodies: [stop(6), stop(7), cpu(7.5, 'api', 'ALARM'), stop(8)] },
    { told: 'worker scales up', ecs: { worker: worker(5) }, bodies: [seen('worker')] },
    {
      told: 'the circuit breaker gives up',
      bodies: [deployment(9, 42, 'FAILED', 'ECS deployment circuit breaker: task failed to start.')],
    },
    {
      told: 'and rolls back',
      ecs: { api: api({ ...good, state: 'IN_PROGRESS' }) },
      bodies: [
        deployment(9.1, 41, 'IN_PROGRESS', 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/41.'),
      ],
    },
    { told: 'CPU of worker is fine again', bodies: [cpu(11, 'worker', 'OK')] },
    {
      told: 'the rollback is through, all tasks run',
      ecs: { api: api(good) },
      bodies: [deployment(12, 41, 'COMPLETED', 'ECS deployment ecs-svc/41 completed.'), cpu(12.5, 'api', 'OK')],
    },
  ];
}
