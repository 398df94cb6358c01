import { defineAlerts } from '../../constructs';

defineAlerts({
  slack: { channel: '#alerts', tokenParameter: '/ecs-alerts/slack-bot-token' },
  accounts: { prod: { id: '111122223333' } },
  clusters: [{ account: 'production', region: 'eu-west-1', name: 'shop', cpu: { percent: 0.5 } }],
});
