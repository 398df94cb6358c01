import { createServer, type Server, request as send } from 'node:http';
import { text } from 'node:stream/consumers';

/** A message as it came to Slack. */
export interface Posted {
  readonly atMs: number;
  readonly text: string;
  readonly isReply: boolean;
}

/** Hands all on to Slack, and writes down when each message came: the emulator's own times are whole seconds. */
export function watchSlack(url: string, posted: (message: Posted) => void): Server {
  return createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const { method, headers, url: path = '' } = incoming;
      const asked = new URLSearchParams(body);
      if (path.endsWith('/chat.postMessage')) {
        posted({ atMs: Date.now(), text: asked.get('text') ?? '', isReply: asked.has('thread_ts') });
      }
      const handedOn = send(new URL(path, url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      handedOn.end(body);
    });
  });
}
