import { defineAlerts } from './constructs';

/** The list: accounts, clusters, services, the Slack channel. This is the file to edit. */
export default defineAlerts({
  slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },

  accounts: {
    prod: { id: '111122223333' },
    staging: { id: '444455556666' },
  },

  clusters: [
    { account: 'prod', region: 'eu-west-1', name: 'shop', services: { api: {}, worker: { scaledDown: false } } },
    { account: 'prod', region: 'eu-west-1', name: 'batch', cpu: false },
    { account: 'staging', region: 'eu-west-1', name: 'shop', services: { api: {} }, memory: { percent: 95 } },
  ],
});
