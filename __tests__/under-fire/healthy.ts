import type { ReadServices } from '../../functions/level/read-services';
import type { Reading } from '../../functions/level/reading';
import type { Clock } from '../simulation/clock';

const CALL_MS = 80;
const TASKS = 2;

/** An ECS in which all is as it should be: what is told comes from alarms and events alone. */
export function healthy(clock: Clock): ReadServices {
  const sinceMs = clock.ms();
  return async (_cluster, names) => {
    await clock.sleep(CALL_MS);
    const reading = (name: string): Reading => ({
      atMs: clock.ms(),
      desired: TASKS,
      running: TASKS,
      deployments: [
        {
          id: 'ecs-svc/1',
          primary: true,
          revision: `${name}:1`,
          state: 'completed',
          createdAtMs: sinceMs,
          failedTasks: 0,
        },
      ],
    });
    return new Map(names.map((name) => [name, reading(name)]));
  };
}
