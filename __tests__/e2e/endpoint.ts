import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { listen } from '../../tools/listen';

/** An endpoint that services lean on. */
export interface Endpoint {
  readonly url: string;
  /** Status that it answers with, after so many milliseconds. */
  answer: { status: number; afterMs: number };
  readonly close: () => Promise<void>;
}

export async function startEndpoint(): Promise<Endpoint> {
  return serve((listener) => createServer(listener));
}

/** With a certificate that ended. */
export async function startExpiredEndpoint(): Promise<Endpoint> {
  const tls = (file: string) => readFileSync(join(__dirname, '..', 'fixtures', 'tls', `${file}.pem`), 'utf8');
  const endpoint = await serve((listener) => createTlsServer({ key: tls('key'), cert: tls('expired') }, listener));
  return Object.assign(endpoint, { url: endpoint.url.replace('http:', 'https:') });
}

async function serve(make: (listener: RequestListener) => ReturnType<typeof createServer>): Promise<Endpoint> {
  const endpoint = { answer: { status: 200, afterMs: 0 } };
  const server = make((_request, response) => {
    const { status, afterMs } = endpoint.answer;
    setTimeout(() => response.writeHead(status).end(), afterMs);
  });
  return Object.assign(endpoint, await listen(server));
}
