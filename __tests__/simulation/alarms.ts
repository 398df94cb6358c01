import { type AlarmResource, alarmMessage, type StateChange } from './alarm-messages';
import type { Clock } from './clock';
import type { Datapoint, Datapoints } from './datapoints';
import { MINUTE } from './place';
import type { Random } from './random';

export interface AlarmsWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly datapoints: Datapoints;
  /** What SNS hands to the queue. */
  readonly publish: (body: string) => void;
}

/** CloudWatch looks at a few more periods than it needs, for those that are missing. */
const EXTRA_PERIODS = 2;
const GONE = 'No data was returned for this contributor';

interface Point {
  readonly minute: number;
  readonly value: number;
}

/** One value a minute; none where nothing is known. */
type Series = (minute: number) => number | undefined;

/** The alarms that the construct makes, evaluated each minute; those that watch other metrics are set by hand. */
export class SimulatedAlarms {
  /** Every change of a state, oldest first. */
  readonly history: { readonly atMs: number; readonly key: string; readonly state: StateChange['state'] }[] = [];
  private readonly states = new Map<string, StateChange['state']>();
  private readonly byName: ReadonlyMap<string, AlarmResource>;

  constructor(
    alarms: readonly AlarmResource[],
    private readonly world: AlarmsWorld,
  ) {
    const { clock, random } = world;
    this.byName = new Map(alarms.map((alarm) => [alarm.alarm_name, alarm]));
    for (const alarm of alarms) {
      clock.every(MINUTE, clock.ms() + 5 * MINUTE + random.between(0, MINUTE), () => this.evaluate(alarm));
    }
  }

  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  /** The state of an alarm whose metric is not simulated. */
  set(name: string, state: StateChange['state'], value: number): void {
    const alarm = this.byName.get(name);
    if (alarm === undefined) throw new Error(`no alarm ${name}: ${this.names.join(', ')}`);
    const minute = Math.floor(this.world.clock.ms() / MINUTE) - 1;
    this.change(alarm, undefined, state, () => reasonOf(alarm, state, [{ minute, value }]));
  }

  private evaluate(alarm: AlarmResource): void {
    const { datapoints } = this.world;
    const query = alarm.metric_query?.find(({ return_data: returned }) => returned);
    if (query?.expression?.startsWith('SELECT')) {
      const what = query.expression.includes('CPUUtilization') ? 'cpu' : 'memory';
      for (const service of datapoints.names()) {
        this.contributor(alarm, service, (minute) => datapoints.at(service, minute)?.[what]);
      }
      return;
    }
    const series = this.seriesOf(alarm, query?.expression);
    if (series !== undefined) this.single(alarm, series);
  }

  private seriesOf(alarm: AlarmResource, expression: string | undefined): Series | undefined {
    const metric = alarm.metric_query?.find((entry) => entry.metric !== undefined)?.metric;
    const service = (alarm.dimensions ?? metric?.dimensions)?.['ServiceName'];
    if (service === undefined || (alarm.namespace ?? metric?.namespace) !== 'AWS/ECS') return undefined;
    const at = (minute: number): Datapoint | undefined => this.world.datapoints.at(service, minute);
    if (alarm.statistic === 'SampleCount') return (minute) => at(minute)?.count;
    if (expression?.includes('DIFF(')) {
      return (minute) => {
        const now = at(minute);
        const before = [1, 2, 3, 4, 5].map((ago) => at(minute - ago)).find((point) => point !== undefined);
        return now === undefined || before === undefined ? undefined : now.count - before.count;
      };
    }
    const max = /(\d+)/.exec(/>=\s*(\d+)/.exec(expression ?? '')?.[1] ?? '')?.[1];
    if (max !== undefined) {
      // `saturated`: the CPU, but only of minutes with as many tasks as there may be.
      return (minute) => {
        const now = at(minute);
        return now === undefined ? undefined : now.count >= Number(max) ? now.cpu : 0;
      };
    }
    const isCpu = alarm.metric_name === 'CPUUtilization';
    return (minute) => at(minute)?.[isCpu ? 'cpu' : 'memory'];
  }

  private single(alarm: AlarmResource, series: Series): void {
    const seen = this.seen(alarm, series);
    const state = stateOf(alarm, seen);
    this.change(alarm, undefined, state, () => reasonOf(alarm, state, seen));
  }

  /** A series that is gone is OK, whatever is said of missing data. */
  private contributor(alarm: AlarmResource, service: string, series: Series): void {
    const seen = this.seen(alarm, series);
    const gone = seen.length === 0;
    const state = gone ? 'OK' : stateOf(alarm, seen);
    this.change(alarm, service, state, () => (gone ? GONE : insightsReasonOf(alarm, state, seen)));
  }

  /** The newest known values of the evaluation range, newest first: at most as many as the alarm needs. */
  private seen(alarm: AlarmResource, series: Series): readonly Point[] {
    const newest = Math.floor(this.world.clock.ms() / MINUTE) - 1;
    const minutes = Array.from({ length: alarm.evaluation_periods + EXTRA_PERIODS }, (_, ago) => newest - ago);
    const known = minutes.flatMap((minute) => {
      const value = series(minute);
      return value === undefined ? [] : [{ minute, value }];
    });
    return known.slice(0, alarm.evaluation_periods);
  }

  private change(
    alarm: AlarmResource,
    contributor: string | undefined,
    state: StateChange['state'],
    reasonOfIt: () => string,
  ): void {
    const key = `${alarm.alarm_name}#${contributor ?? ''}`;
    if ((this.states.get(key) ?? 'OK') === state) return;
    this.states.set(key, state);
    this.history.push({ atMs: this.world.clock.ms(), key, state });
    if (state === 'OK' && alarm.ok_actions === undefined) return;
    const { clock, random, publish } = this.world;
    const reason = reasonOfIt();
    const change = { state, reason, atMs: clock.ms(), ...(contributor === undefined ? {} : { contributor }) };
    clock.in(random.between(100, 2000), () => publish(alarmMessage(random.uuid(), alarm, change)));
  }
}

/** Missing data only fills up what the range has too little of. */
function stateOf(alarm: AlarmResource, seen: readonly Point[]): StateChange['state'] {
  const { evaluation_periods: of, datapoints_to_alarm: needed = of, treat_missing_data: missing } = alarm;
  const filled = missing === 'breaching' ? of - seen.length : 0;
  const breaching = seen.filter(({ value }) => breaches(alarm, value)).length + filled;
  return breaching >= needed ? 'ALARM' : 'OK';
}

function breaches({ comparison_operator: operator, threshold }: AlarmResource, value: number): boolean {
  switch (operator) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    default:
      return value <= threshold;
  }
}

function reasonOf(alarm: AlarmResource, state: StateChange['state'], seen: readonly Point[]): string {
  const { evaluation_periods: of, datapoints_to_alarm: needed = of } = alarm;
  if (seen.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${of} periods and ${of} missing datapoints were treated as [Breaching].`;
  }
  const values = seen.map(worded).join(', ');
  return `Threshold Crossed: ${seen.length} out of the last ${of} datapoints [${values}] were ${state === 'ALARM' ? '' : 'not '}${comparison(alarm)} (minimum ${needed} datapoints for ${state === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK'} transition).`;
}

function insightsReasonOf(alarm: AlarmResource, state: StateChange['state'], seen: readonly Point[]): string {
  const { evaluation_periods: of, datapoints_to_alarm: needed = of } = alarm;
  const not = state === 'ALARM' ? '' : 'not ';
  const newest = seen.slice(0, 1).map(worded).join();
  return `Threshold Crossed: ${seen.length} out of the last ${of} datapoints were ${not}${comparison(alarm)}. The most recent datapoint which ${not}crossed the threshold: [${newest}] (minimum ${needed} datapoints for ${state === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK'} transition).`;
}

function comparison({ comparison_operator: operator, threshold }: AlarmResource): string {
  const words = operator
    .replace(/Threshold$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return `${words} the threshold (${threshold.toFixed(1)})`;
}

/** `91.2 (18/11/26 09:13:00)` */
function worded({ minute, value }: Point): string {
  const [date = '', time = ''] = new Date(minute * MINUTE).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${value} (${day}/${month}/${year.slice(2)} ${time.slice(0, 8)})`;
}
