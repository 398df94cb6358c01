import { App } from 'cdktf';
import { defineAlerts, EcsAlertsStack } from '../../constructs';

/** What the end-to-end test deploys: two accounts, a cluster with a bit of everything, and some that lack something. */
const { AWS_PROVIDER_VERSION: awsProviderVersion, CPU_PERCENT: cpuPercent = '85' } = process.env;
const region = 'eu-west-1';

/** What only the test knows: where the emulators and the endpoints are. */
function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const listed = { channel: given('CHANNEL_LISTED') };
const explained = { slack: { channel: given('CHANNEL_STORY') }, explain: true };

export const config = defineAlerts({
  slack: { channel: given('CHANNEL_USUAL'), tokenParameter: '/ecs-alerts/slack-bot-token' },
  // Only where it is looked at: elsewhere each reply is counted.
  explain: false,
  accounts: {
    prod: { id: '111122223333', deployRoleArn: 'arn:aws:iam::111122223333:role/deploy' },
    staging: { id: '444455556666', deployRoleArn: 'arn:aws:iam::444455556666:role/deploy' },
  },
  clusters: [
    { account: 'prod', region, name: 'shop', services: { api: {}, worker: {} } },
    {
      account: 'prod',
      region,
      name: 'everything',
      slack: { channel: given('CHANNEL_EVERYTHING') },
      opsTopicArn: 'arn:aws:sns:eu-west-1:111122223333:operators',
      dashboard: true,
      tags: { Team: 'shop' },
      runbook: 'https://runbooks.example.com/everything',
      runbooks: { 'cpu-high': 'https://runbooks.example.com/cpu' },
      logPattern: { severity: 'critical' },
      underDesired: { minutes: 1 },
      deploymentMinutes: 1,
      services: {
        frugal: {
          slack: listed,
          cpu: { percent: 40, minutes: 2, severity: 'critical' },
          memory: { percent: 50, minutes: 2, policy: 'join' },
        },
        modest: { slack: listed, memory: { percent: 50, minutes: 2, policy: 'join' } },
        full: { slack: listed, maxTasks: 3, cpu: { policy: 'off' } },
        chatty: {
          slack: listed,
          logs: [{ logGroup: '/ecs/chatty', pattern: '?ERROR ?FATAL', name: 'errors', count: 3, minutes: 1 }],
        },
        elastic: { slack: listed },
        fragile: { slack: listed, remindMinutes: 1 },
        mute: { slack: listed },
        shunned: { slack: { channel: given('CHANNEL_SHUT') } },
        leaning: { slack: listed, dependsOn: ['orders-db'] },
        story: explained,
        busy: { ...explained, dependsOn: ['story-db'] },
        wordy: { ...explained, logs: [{ logGroup: '/ecs/wordy', pattern: '?ERROR ?FATAL', name: 'errors', count: 3 }] },
        checkout: {
          slack: listed,
          dependsOn: ['catalogue', 'edge', 'orders-api', 'sessions', 'jobs', 'carts', 'payments', 'partner', 'lag'],
        },
      },
      dependencies: {
        'orders-db': { rdsInstance: 'orders', connections: { count: 100 } },
        'story-db': { rdsInstance: 'story' },
        catalogue: { auroraCluster: 'catalogue', connections: { count: 100 } },
        edge: { loadBalancer: 'app/shop/50dc6c495c0c9188' },
        'orders-api': {
          targetGroup: 'targetgroup/orders/73e2d6bc24d8a067',
          loadBalancer: 'app/shop/50dc6c495c0c9188',
          responseTime: { seconds: 1 },
        },
        sessions: { elastiCacheCluster: 'sessions-001' },
        jobs: { sqsQueue: 'jobs', severity: 'critical', runbook: 'https://runbooks.example.com/jobs' },
        carts: { dynamoDbTable: 'carts' },
        payments: { endpoint: given('ENDPOINT'), latencyMs: 500 },
        partner: { endpoint: given('EXPIRED_ENDPOINT'), latencyMs: false },
        lag: {
          metric: {
            namespace: 'AWS/Kafka',
            metricName: 'SumOffsetLag',
            dimensions: { 'Consumer Group': 'shop', 'Cluster Name': 'events', Topic: 'orders' },
            statistic: 'p90',
            comparison: '>=',
            threshold: 10_000,
            minutes: 3,
            measure: 'lag of the consumer',
            unit: 'messages',
          },
        },
      },
    },
    { account: 'staging', region, name: 'shop', services: { api: {} } },
    { account: 'staging', region, name: 'storm', slack: { channel: given('CHANNEL_STORM') }, watcher: false },
    { account: 'staging', region, name: 'lost', slack: { channel: 'C0NOTTHERE' } },
    // Its functions find no such cluster in ECS: alarms alone speak.
    {
      account: 'staging',
      region,
      name: 'blind',
      watcher: false,
      services: { api: {} },
      cpu: { percent: Number(cpuPercent) },
    },
  ],
  ...(awsProviderVersion === undefined ? {} : { awsProviderVersion }),
});

if (require.main === module) {
  const app = new App();
  EcsAlertsStack.forAll(app, config);
  app.synth();
}
