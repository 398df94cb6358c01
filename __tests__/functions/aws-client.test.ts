import { createServer, type IncomingHttpHeaders } from 'node:http';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { fromEnvironment } from '../../functions/aws-client';
import { listen } from '../../tools/listen';

const asked: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  asked.push(request.headers);
  response.end('{"Parameter":{"Value":"xoxb-1"}}');
});
const before = { ...process.env };
let url = '';

beforeAll(async () => {
  ({ url } = await listen(server));
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});
beforeEach(() => {
  asked.splice(0);
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDFIRST',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL: url,
    // A file with a profile is not looked for.
    AWS_PROFILE: 'somebody',
    AWS_CONFIG_FILE: '/dev/null',
  });
});
afterEach(() => {
  process.env = { ...before };
});

const read = (client: SSMClient) => client.send(new GetParameterCommand({ Name: '/token' }));

test('asks the endpoint of the environment, signed for its region with its credentials', async () => {
  await read(new SSMClient(fromEnvironment('SSM')));

  expect(asked[0]).toMatchObject({
    authorization: expect.stringMatching(/Credential=AKIDFIRST\/\d+\/eu-west-1\/ssm\//),
    'x-amz-security-token': 'session',
  });
});

test('prefers the endpoint that is for the service', async () => {
  Object.assign(process.env, { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_SSM: url });
  await read(new SSMClient(fromEnvironment('SSM')));

  expect(asked).toHaveLength(1);
});

test('takes the endpoint of AWS when the environment has none', async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  const stop = { name: 'stop', step: 'finalizeRequest', priority: 'low' } as const;
  const client = new SSMClient({ ...fromEnvironment('SSM'), maxAttempts: 1 });
  client.middlewareStack.add(
    () => async (args) => Promise.reject(new Error((args.request as { hostname: string }).hostname)),
    stop,
  );

  await expect(read(client)).rejects.toThrow('ssm.eu-west-1.amazonaws.com');
});
