import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../../tools/listen';

/** A request of the notifier: whatever happens to it happens between two of them. */
export interface Step {
  /** From 1 on. */
  readonly number: number;
  /** `UpdateItem`, `chat.postMessage`. */
  readonly action: string;
  readonly server: ServerName;
  readonly body: string;
}

export type ServerName = 'dynamodb' | 'slack' | 'ecs' | 'sqs' | 'ssm';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Does the step. Throws when there shall be no answer. */
export type Does = (step: Step, pass: () => Promise<Answer>) => Promise<Answer>;

/** All that the notifier asks goes through here: one address for DynamoDB, Slack, ECS, SQS and SSM. */
export class Gateway {
  readonly steps: Step[] = [];
  private readonly server = createServer((incoming, outgoing) => {
    this.answer(incoming).then(
      ({ status, headers, body }) => outgoing.writeHead(status, headers).end(body),
      () => incoming.socket.destroy(),
    );
  });

  /** @param servers where they are, or what they answer */
  constructor(
    private readonly servers: Readonly<Record<ServerName, string | ((step: Step) => object)>>,
    private readonly does: Does,
  ) {}

  readonly listen = () => listen(this.server);

  private async answer(incoming: IncomingMessage): Promise<Answer> {
    const body = await text(incoming);
    const step = { number: this.steps.length + 1, ...addressee(incoming), body };
    this.steps.push(step);
    return this.does(step, async () => {
      const server = this.servers[step.server];
      return typeof server === 'string'
        ? handOn(incoming, body, server)
        : { ...OK, body: JSON.stringify(server(step)) };
    });
  }
}

const OK = { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' } };

const SERVERS: Readonly<Record<string, ServerName>> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonEC2ContainerServiceV20141113: 'ecs',
  // What is looked up of them is answered beside ECS.
  GraniteServiceVersion20100801: 'ecs',
  Logs_20140328: 'ecs',
  AmazonSQS: 'sqs',
  AmazonSSM: 'ssm',
};

/** AWS has the service and the action in a header, Slack in the path. */
function addressee({ url = '', headers }: IncomingMessage): Pick<Step, 'server' | 'action'> {
  if (url.startsWith('/api/')) return { server: 'slack', action: url.slice('/api/'.length) };
  const [service = '', action = ''] = String(headers['x-amz-target']).split('.');
  const server = SERVERS[service];
  if (server === undefined) throw new Error(`nobody knows what ${url} with ${service} is`);
  return { server, action };
}

function handOn({ method, url, headers }: IncomingMessage, body: string, server: string): Promise<Answer> {
  return new Promise((answer, failed) => {
    const outgoing = send(`${server}${url}`, { method, headers }, (incoming) => {
      const { statusCode = 500, headers } = incoming;
      text(incoming).then((body) => answer({ status: statusCode, headers: withoutLength(headers), body }), failed);
    });
    outgoing.once('error', failed).end(body);
  });
}

function withoutLength({ 'transfer-encoding': _encoding, 'content-length': _length, ...headers }: IncomingHttpHeaders) {
  return headers;
}
