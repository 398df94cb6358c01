import { defineAlerts } from './constructs';

/** The list: accounts, clusters, services, the Slack channel. This is the file to edit. */
export default defineAlerts({
  slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },

  accounts: {
    prod: { id: '111122223333' },
    staging: { id: '444455556666' },
  },

  clusters: [
    {
      account: 'prod',
      region: 'eu-west-1',
      name: 'shop',
      services: {
        api: { maxTasks: 20, dependsOn: ['orders-db', 'payments'] },
        worker: { scaledDown: false, cpu: { percent: 95 }, dependsOn: ['orders-db'] },
      },
      dependencies: {
        'orders-db': { rdsInstance: 'orders' },
        payments: { endpoint: 'https://payments.example.com/health' },
      },
    },
    { account: 'prod', region: 'eu-west-1', name: 'batch', cpu: false },
    { account: 'staging', region: 'eu-west-1', name: 'shop', services: { api: {} }, memory: { percent: 95 } },
  ],
});
