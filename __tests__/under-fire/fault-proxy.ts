import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../tools/listen';
import { type Answer, type Call, UnwellSlack } from './unwell-slack';

export interface FaultProxy {
  /** For `SLACK_API_URL`. */
  readonly url: string;
  /** How it fails, and what it was asked. */
  readonly slack: UnwellSlack;
  readonly close: () => Promise<void>;
}

/** A Slack that is unwell, over HTTP, in front of one that is well. */
export async function startFaultProxy(well: (call: Call) => Promise<Answer>): Promise<FaultProxy> {
  const slack = new UnwellSlack({ ms: () => Date.now(), sleep: (ms) => sleep(ms) }, well);
  const server = createServer((request, response) => {
    void callOf(request)
      .then(slack.call)
      .then((outcome) => {
        if (outcome === 'reset') request.socket.destroy();
        // Silence: the connection stays open until the client has enough.
        else if (outcome !== 'silence') answer(response, outcome);
      });
  });
  const { url, close } = await listen(server);
  return {
    url: `${url}/api/`,
    slack,
    close: () => {
      server.closeAllConnections();
      return close();
    },
  };
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    method: new URL(request.url ?? '', 'http://slack.test').pathname.split('/').at(-1) ?? '',
    token: request.headers.authorization?.replace('Bearer ', '') ?? '',
    body: new URLSearchParams(Buffer.concat(chunks).toString('utf8')),
  };
}

function answer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers }).end(body);
}
