import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { Construct } from 'constructs';
import { arn } from '../functions/arns';
import { dashboardName, type NamedPlace } from './names';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export const ALARMS_IN_WIDGET = 100;
/** Five widgets of alarms are more than anybody looks through. */
export const ALARMS_SHOWN = 5 * ALARMS_IN_WIDGET;
/** The services that use the most; more lines than that cannot be told apart. */
const SERVICES_SHOWN = 20;

/** Units of the dashboard's grid, which is 24 wide. */
const WIDTH = 24;
const HEIGHT = 6;
const ALARMS_HEIGHT = 4;

export interface DashboardProps extends NamedPlace {
  /** Names of alarms whose states are shown, the most important first. */
  readonly alarms: readonly string[];
  /** Names of alarms whose metrics are shown with their limits, by title. */
  readonly dependencies: ReadonlyMap<string, string>;
}

/** One page of a cluster: what is wrong, its services, what they lean on. */
export class Dashboard extends Construct {
  readonly dashboard: CloudwatchDashboard;
  /** How many there are. */
  readonly widgets: number;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const all = widgets(props);
    this.widgets = all.length;
    this.dashboard = new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: dashboardName(props, props.region),
      dashboardBody: JSON.stringify({ widgets: all }),
    });
  }
}

/** Without places: CloudWatch puts widgets from left to right, and into the next row where one does not fit. */
function widgets({ clusterName, alarms, dependencies, ...place }: DashboardProps): readonly object[] {
  const { region } = place;
  const alarmArn = (name: string) => arn(place, 'cloudwatch', `alarm:${name}`);
  const shown = alarms.slice(0, ALARMS_SHOWN).map(alarmArn);
  const metric = (title: string, width: number, properties: object) => ({
    type: 'metric',
    width,
    height: HEIGHT,
    properties: { title, region, view: 'timeSeries', ...properties },
  });
  const used = (title: string, name: string) =>
    metric(title, WIDTH / 2, {
      metrics: [[{ id: 'services', expression: mostUsed(clusterName, name), period: 60 }]],
      yAxis: { left: { min: 0, label: '%', showUnits: false } },
    });
  return [
    ...chunks(shown, ALARMS_IN_WIDGET).map((some) => ({
      type: 'alarm',
      width: WIDTH,
      height: ALARMS_HEIGHT,
      properties: { title: 'Alarms', alarms: some },
    })),
    used('CPU', 'CPUUtilization'),
    used('Memory', 'MemoryUtilization'),
    metric('Running tasks', WIDTH, {
      metrics: [[{ id: 'tasks', expression: runningTasks(clusterName), period: 60 }]],
      yAxis: { left: { min: 0, label: 'tasks', showUnits: false } },
    }),
    ...[...dependencies].map(([title, name]) =>
      // The alarm brings its metric and its limit.
      metric(title, WIDTH / 3, { annotations: { alarms: [alarmArn(name)] } }),
    ),
  ];
}

function mostUsed(clusterName: string, metricName: string): string {
  const from = `FROM SCHEMA("AWS/ECS", ClusterName, ServiceName) WHERE ClusterName = '${clusterName}'`;
  return `SELECT AVG(${metricName}) ${from} GROUP BY ServiceName ORDER BY AVG() DESC LIMIT ${SERVICES_SHOWN}`;
}

/** SampleCount of what every running task reports once a minute. */
function runningTasks(clusterName: string): string {
  const metrics = `{AWS/ECS,ClusterName,ServiceName} MetricName="MemoryUtilization" ClusterName="${clusterName}"`;
  return `SEARCH('${metrics}', 'SampleCount', 60)`;
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
