/** As the SDK writes them in `AWS_ENDPOINT_URL_…`. */
type Service = 'CLOUDWATCH' | 'CLOUDWATCH_LOGS' | 'DYNAMODB' | 'ECS' | 'SECRETS_MANAGER' | 'SQS' | 'SSM';

/**
 * Says all that an AWS client would look for in the environment and then in the files of `~/.aws`, which takes a third
 * of a cold start. In Lambda there is nothing but these variables.
 */
export function fromEnvironment(service: Service) {
  const { env } = process;
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`] || env['AWS_ENDPOINT_URL'];
  return {
    region: async () => env['AWS_REGION'] ?? '',
    credentials: async () => ({
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
      ...(env['AWS_SESSION_TOKEN'] === undefined ? {} : { sessionToken: env['AWS_SESSION_TOKEN'] }),
    }),
    ...(endpoint ? { endpoint } : {}),
    ignoreConfiguredEndpointUrls: true,
    defaultsMode: 'legacy' as const,
    retryMode: 'standard',
    maxAttempts: 3,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    userAgentAppId: async () => undefined,
  };
}
