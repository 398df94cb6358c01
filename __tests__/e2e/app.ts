import { App } from 'cdktf';
import { defineAlerts, EcsAlertsStack } from '../../constructs';

/** What the end-to-end test deploys: two accounts, and a cluster whose channel does not exist. */
const slack = { channel: 'C000000001', tokenParameter: '/ecs-alerts/slack-bot-token' };
const { AWS_PROVIDER_VERSION: awsProviderVersion } = process.env;

const config = defineAlerts({
  slack,
  accounts: {
    prod: { id: '111111111111', deployRoleArn: 'arn:aws:iam::111111111111:role/deploy' },
    staging: { id: '222222222222', deployRoleArn: 'arn:aws:iam::222222222222:role/deploy' },
  },
  clusters: [
    { account: 'prod', region: 'eu-west-1', name: 'shop', services: { api: {}, worker: {} } },
    { account: 'staging', region: 'eu-west-1', name: 'shop', services: { api: {} } },
    { account: 'staging', region: 'eu-west-1', name: 'lost', slack: { channel: 'C0NOTTHERE' } },
  ],
  ...(awsProviderVersion === undefined ? {} : { awsProviderVersion }),
});

const app = new App();
EcsAlertsStack.forAll(app, config);
app.synth();
