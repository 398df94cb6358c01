import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
} from '@aws-sdk/client-ecs';
import { fromEnvironment } from '../../aws-client';
import { inParts } from '../../in-parts';
import { log } from '../../log';
import type { About } from './about';
import type { LookedUp } from './explanation';
import { lookUp } from './look-up';
import type { Sources } from './sources';

/** A bundle of its own, loaded with the first explanation: an alert must not wait for code that only explains. */

/** So many lines are read; the last of them are shown. */
const LINES = 30;
const MATCHES = 10;
/** Of a busy log group a page may have no match at all. */
const PAGES = 5;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html: at most 20 at once. */
const DEPLOYMENTS = 20;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const ALARMS_MAX = 100;

const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true };
const options = { requestHandler, maxAttempts: 2 };
const ecs = new ECSClient({ ...fromEnvironment('ECS'), ...options });
const cloudWatch = new CloudWatchClient({ ...fromEnvironment('CLOUDWATCH'), ...options });
const logs = new CloudWatchLogsClient({ ...fromEnvironment('CLOUDWATCH_LOGS'), ...options });

const sources: Sources = {
  service: async (cluster, service) => {
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return services?.[0];
  },
  deployments: async (cluster, service) => {
    const request = new ListServiceDeploymentsCommand({ cluster, service, maxResults: DEPLOYMENTS });
    const { serviceDeployments = [] } = await ecs.send(request);
    return serviceDeployments.sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0));
  },
  revisions: async (arns) => {
    const request = new DescribeServiceRevisionsCommand({ serviceRevisionArns: [...arns] });
    return (await ecs.send(request)).serviceRevisions ?? [];
  },
  taskDefinition: async (taskDefinition) =>
    (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition,
  lastLines: async (logGroupName, logStreamName) => {
    const request = new GetLogEventsCommand({ logGroupName, logStreamName, limit: LINES, startFromHead: false });
    const { events = [] } = await logs.send(request);
    return events.map(({ message = '' }) => message);
  },
  matchingLines: async (logGroupName, filterPattern, startTime, endTime) => {
    const found: { line: string; stream?: string }[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < PAGES && found.length < MATCHES; page++) {
      const request = { logGroupName, filterPattern, startTime, endTime, limit: MATCHES, nextToken };
      const answer = await logs.send(new FilterLogEventsCommand(request));
      for (const { message = '', logStreamName: stream } of answer.events ?? []) {
        found.push({ line: message, ...(stream === undefined ? {} : { stream }) });
      }
      nextToken = answer.nextToken;
      if (nextToken === undefined) break;
    }
    return found;
  },
  alarms: async (names) => {
    const pages = await Promise.all(
      inParts(names, ALARMS_MAX).map(async (AlarmNames) => {
        const request = new DescribeAlarmsCommand({ AlarmNames, MaxRecords: ALARMS_MAX });
        return (await cloudWatch.send(request)).MetricAlarms ?? [];
      }),
    );
    return pages.flat();
  },
  metrics: async (queries, fromMs, toMs) => {
    const [StartTime, EndTime] = [new Date(fromMs), new Date(toMs)];
    // The newest first: more than one page is never needed of them.
    const request = new GetMetricDataCommand({
      MetricDataQueries: [...queries],
      StartTime,
      EndTime,
      ScanBy: 'TimestampDescending',
    });
    const { MetricDataResults = [] } = await cloudWatch.send(request);
    return new Map(
      MetricDataResults.map(({ Id = '', Timestamps = [], Values = [] }) => {
        const points = Timestamps.map((at, index) => ({ atMs: at.getTime(), value: Values[index] ?? Number.NaN }));
        return [Id, points.sort((a, b) => a.atMs - b.atMs)];
      }),
    );
  },
};

/** Asks AWS with the function's own permissions. */
export function lookUpOnAws(about: About, cancelled: AbortSignal): AsyncGenerator<LookedUp> {
  const now = () => new Date();
  const wait = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal });
  return lookUp(about, { sources, log, now, sleep: wait }, cancelled);
}
