const { AwsProvider } = require('@cdktf/provider-aws/lib/provider');
const { App, TerraformStack } = require('cdktf');
const { EcsClusterAlerts } = require('cdktf-ecs-alerts');

const accountId = '111122223333';
const region = 'eu-west-1';

const app = new App();
const stack = new TerraformStack(app, 'shop-alerts');
new AwsProvider(stack, 'aws', { region, allowedAccountIds: [accountId] });
new EcsClusterAlerts(stack, 'alerts', {
  clusterName: 'shop',
  accountId,
  region,
  slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
  services: {
    api: { maxTasks: 20 },
    worker: { cpu: { percent: 95, minutes: 10 } },
  },
});
app.synth();
