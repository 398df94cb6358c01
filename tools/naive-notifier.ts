/** The notifier with every client as it comes, to compare with: the entry point that one writes first. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { notifierOn } from '../functions/notifier/on-clients';

export const handler = notifierOn(
  {
    dynamoDb: new DynamoDBClient({}),
    ecs: new ECSClient({}),
    sqs: new SQSClient({}),
    ssm: () => new SSMClient({}),
    secretsManager: () => new SecretsManagerClient({}),
    lookUp: async function* () {},
  },
  process.env,
);
