import { DataAwsSubnets } from '@cdktf/provider-aws/lib/data-aws-subnets';
import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster';
import { EcsService } from '@cdktf/provider-aws/lib/ecs-service';
import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { App, TerraformStack } from 'cdktf';
import { EcsClusterAlerts } from 'cdktf-ecs-alerts';
import type { Construct } from 'constructs';

const ACCOUNT_ID = '111122223333';
const REGION = 'eu-west-1';
/** A constant, not `cluster.name`: alarms and threads are called after it, so it has to be known at synth. */
const CLUSTER_NAME = 'shop';

/** A cluster with one service, and the alerts for it: those of the service also roll its deployments back. */
class ShopStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, 'aws', { region: REGION, allowedAccountIds: [ACCOUNT_ID] });

    const cluster = new EcsCluster(this, 'cluster', { name: CLUSTER_NAME });
    const taskDefinition = new EcsTaskDefinition(this, 'api-task', {
      family: 'api',
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      containerDefinitions: JSON.stringify([{ name: 'api', image: 'public.ecr.aws/nginx/nginx:stable' }]),
    });
    const subnets = new DataAwsSubnets(this, 'default-subnets', {
      filter: [{ name: 'default-for-az', values: ['true'] }],
    });
    const alerts = new EcsClusterAlerts(this, 'alerts', {
      clusterName: CLUSTER_NAME,
      accountId: ACCOUNT_ID,
      region: REGION,
      slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
      services: { api: {} },
    });

    new EcsService(this, 'api', {
      name: 'api',
      cluster: cluster.arn,
      taskDefinition: taskDefinition.arn,
      desiredCount: 2,
      launchType: 'FARGATE',
      networkConfiguration: { subnets: subnets.ids, assignPublicIp: true },
      // One of the two has to be there, or ECS says nothing of a deployment that fails.
      deploymentCircuitBreaker: { enable: true, rollback: true },
      alarms: { alarmNames: alerts.deploymentAlarms('api'), enable: true, rollback: true },
    });
  }
}

const app = new App();
new ShopStack(app, 'shop');
app.synth();
