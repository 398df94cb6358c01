import { alarmMessage } from '../../simulation/alarm-messages';
import { taskStopped } from '../../simulation/events';
import { MINUTE } from '../../simulation/place';

/** What reaches the queue, and what it has to come to. */
export interface Story {
  readonly batches: readonly { readonly atMs: number; readonly bodies: readonly string[] }[];
  /** Services with a thread each, which is over in the end. */
  readonly services: readonly string[];
  /** Different alerts. */
  readonly alerts: number;
  /** Whether an OK may come before its alarm: then there is nothing to tell of it. */
  readonly okMayComeFirst: boolean;
}

const CPU_HIGH = {
  alarm_name: 'ecs/shop/cpu-high',
  comparison_operator: 'GreaterThanThreshold',
  threshold: 85,
  evaluation_periods: 5,
  alarm_actions: [],
};

function cpu(service: string, state: 'ALARM' | 'OK', atMs: number): string {
  const value = state === 'ALARM' ? 93.4 : 41.1;
  const reason = `Threshold Crossed: 1 datapoint [${value} (18/11/26 14:01:00)] was compared to the threshold (85.0).`;
  return alarmMessage(`${service}-${state}`, CPU_HIGH, { state, reason, atMs, contributor: service });
}

function stop(service: string, id: string, atMs: number): string {
  const task = {
    id,
    group: `service:${service}`,
    revision: `${service}:42`,
    startedBy: 'ecs-svc/42',
    spot: false,
    createdAtMs: atMs - 30 * MINUTE,
    startedAtMs: atMs - 29 * MINUTE,
  };
  const cause = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
  return taskStopped(`event-${id}`, task, { ...cause, exitCode: 1 }, atMs);
}

/** Trouble that comes at once, and its end: by then whatever was interrupted has come again. */
export function oneService(nowMs: number): Story {
  const endMs = nowMs + 30 * MINUTE;
  return {
    batches: [
      { atMs: nowMs, bodies: [cpu('api', 'ALARM', nowMs), stop('api', 'a1', nowMs), stop('api', 'a2', nowMs)] },
      { atMs: endMs, bodies: [cpu('api', 'OK', endMs)] },
    ],
    services: ['api'],
    alerts: 4,
    okMayComeFirst: false,
  };
}

/** Two services in the same batches, and minutes between them: what is interrupted comes again after the end. */
export function twoServices(nowMs: number): Story {
  const [start = 0, middle = 0, end = 0] = [0, 1, 2].map((minute) => nowMs + minute * MINUTE);
  return {
    batches: [
      { atMs: start, bodies: [cpu('api', 'ALARM', start), cpu('worker', 'ALARM', start), stop('api', 'a1', start)] },
      { atMs: middle, bodies: [stop('worker', 'w1', middle), stop('api', 'a2', middle), stop('worker', 'w2', middle)] },
      { atMs: end, bodies: [cpu('worker', 'OK', end), cpu('api', 'OK', end)] },
    ],
    services: ['api', 'worker'],
    alerts: 8,
    okMayComeFirst: true,
  };
}
