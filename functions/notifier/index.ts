/** The only file that builds clients and reads the environment. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { fromEnvironment } from '../aws-client';
import { httpsFetch } from './deliver/https-fetch';
import { notifierOn } from './on-clients';

/** A service that does not answer must not eat up the function's time: the record comes again. */
const requestHandler = { connectionTimeout: 1000, requestTimeout: 4000, throwOnRequestTimeout: true };

export const handler = notifierOn(
  {
    dynamoDb: new DynamoDBClient({ ...fromEnvironment('DYNAMODB'), requestHandler }),
    /** One attempt more, not three: alerts do not wait for what is only asked in addition. */
    ecs: new ECSClient({ ...fromEnvironment('ECS'), requestHandler, maxAttempts: 2 }),
    sqs: new SQSClient({ ...fromEnvironment('SQS'), requestHandler, useQueueUrlAsEndpoint: false }),
    ssm: () => new SSMClient({ ...fromEnvironment('SSM'), requestHandler }),
    secretsManager: () => new SecretsManagerClient({ ...fromEnvironment('SECRETS_MANAGER'), requestHandler }),
    lookUp: async function* (about, cancelled) {
      const { lookUpOnAws } = await import('./explain/on-aws.js');
      yield* lookUpOnAws(about, cancelled);
    },
    fetch: httpsFetch,
  },
  process.env,
);
