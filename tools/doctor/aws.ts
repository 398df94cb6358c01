import { userInfo } from 'node:os';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The AWS of one account and region, as a person asks it. */
export type Aws = ReturnType<typeof awsOf>;

/** @param roleArn a role that is assumed; without it the present credentials are used */
export function awsOf(region: string, roleArn: string | undefined) {
  const settings = { region, ...(roleArn === undefined ? {} : { credentials: assumed(roleArn, region) }) };
  return {
    cloudWatch: new CloudWatchClient(settings),
    db: DynamoDBDocumentClient.from(new DynamoDBClient(settings)),
    events: new EventBridgeClient(settings),
    lambda: new LambdaClient(settings),
    logs: new CloudWatchLogsClient(settings),
    secretsManager: new SecretsManagerClient(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
    ssm: new SSMClient(settings),
    sts: new STSClient(settings),
  };
}

/** Assumed once for all clients, under the name of who asks: CloudTrail and a test alert show it. */
function assumed(RoleArn: string, region: string) {
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  const RoleSessionName = userInfo()
    .username.replaceAll(/[^\w+=,.@-]/g, '-')
    .padEnd(2, '-')
    .slice(0, 64);
  const assume = fromTemporaryCredentials({ params: { RoleArn, RoleSessionName }, clientConfig: { region } });
  let credentials: ReturnType<typeof assume> | undefined;
  return () => {
    credentials ??= assume();
    return credentials;
  };
}
