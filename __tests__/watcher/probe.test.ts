import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ProbeSettings } from '../../functions/settings';
import { prober } from '../../functions/watcher/probe';

/**
 * Certificates that all have the same key: `good` and `elsewhere` to the end of 2099, `expired` in 2021; `elsewhere` is
 * for another host. Made with `openssl ca -selfsign -startdate … -enddate …`; good for nothing but these tests.
 */
const tls = (file: string) => readFileSync(join(__dirname, '..', 'fixtures', 'tls', `${file}.pem`), 'utf8');
const NOW = new Date('2026-11-18T14:02:00Z');
const GOOD_DAYS = 26_705;

const running: { readonly server: { close(): unknown }; readonly sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of running.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** The prober hung up everywhere, and what it sent was read. */
async function hungUp(): Promise<void> {
  const open = running.flatMap(({ sockets }) => [...sockets]).filter((socket) => !socket.closed);
  await Promise.all(open.map((socket) => new Promise((done) => socket.once('close', done))));
}

async function start(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  running.push({ server, sockets });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

const http = async (listener: RequestListener) => `http://127.0.0.1:${await start(createServer(listener))}/health`;
const https = async (certificate: string, listener: RequestListener) => {
  const server = createTlsServer({ key: tls('key'), cert: tls(certificate) }, listener);
  return `https://127.0.0.1:${await start(server)}/health`;
};
const answer =
  (status: number, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end('body');

function probe(url: string, more: Partial<ProbeSettings> = {}, trusted?: string) {
  const settings = { url, timeoutMs: 2_000, status: { from: 200, to: 299 }, ...more };
  return prober(() => NOW, trusted === undefined ? undefined : tls(trusted))(settings);
}

describe('over http', () => {
  test('a good answer is healthy, with its latency and no certificate', async () => {
    expect(await probe(await http(answer(204)))).toEqual({ healthy: true, latencyMs: expect.any(Number) });
  });

  test.each([300, 404, 503])('%d is not', async (status) => {
    expect(await probe(await http(answer(status)))).toEqual({
      healthy: false,
      latencyMs: expect.any(Number),
      cause: `status ${status}`,
    });
  });

  test('what is good can be said otherwise', async () => {
    const url = await http(answer(401));

    expect(await probe(url, { status: { from: 401, to: 401 } })).toMatchObject({ healthy: true });
  });

  test('a redirect is not followed', async () => {
    let asked = 0;
    const url = await http((request, response) => {
      asked += 1;
      answer(302, { location: '/health/other' })(request, response);
    });

    expect(await probe(url)).toMatchObject({ healthy: false, cause: 'status 302' });
    expect(await probe(url, { status: { from: 200, to: 399 } })).toMatchObject({ healthy: true });
    expect(asked).toBe(2);
  });

  test('asks with GET, the path, the query and the credential of the URL', async () => {
    const seen: unknown[] = [];
    const url = await http(({ method, url: path, headers }, response) => {
      seen.push({ method, path, authorization: headers.authorization, agent: headers['user-agent'] });
      response.end();
    });
    await probe(`${url.replace('//', '//me:secret@')}?deep=1`);

    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(seen).toEqual([{ method: 'GET', path: '/health?deep=1', authorization, agent: 'ecs-alerts' }]);
  });

  test('does not wait for the body', async () => {
    const url = await http((_request, response) => {
      response.writeHead(200);
      response.write('never ends');
    });

    expect(await probe(url)).toMatchObject({ healthy: true });
    await hungUp();
  });

  test.each([
    ['nobody answers', createTcpServer((socket) => void socket.on('error', () => {}).resume())],
    ['the answer never gets to its end', createTcpServer((socket) => drip(socket))],
  ])('is over in time when %s', async (_what, server) => {
    const url = `http://127.0.0.1:${await start(server)}/`;

    expect(await probe(url, { timeoutMs: 150 })).toEqual({ healthy: false, cause: 'no answer within 150 ms' });
    await hungUp();
  });

  test('says why there was no answer, and nothing of the URL', async () => {
    const url = await http((_request, { socket }) => socket?.destroy());
    expect(await probe(url)).toEqual({ healthy: false, cause: 'ECONNRESET' });

    for (const { server } of running.splice(0)) server.close();
    expect(await probe(url)).toEqual({ healthy: false, cause: 'ECONNREFUSED' });
    expect(await probe('no URL with a secret')).toEqual({ healthy: false, cause: 'ERR_INVALID_URL' });
    expect(await probe('ftp://me:secret@endpoint.invalid')).toEqual({ healthy: false, cause: 'ERR_INVALID_PROTOCOL' });
  });
});

describe('over https', () => {
  test('a good answer under a good certificate is healthy, with the days that it has left', async () => {
    expect(await probe(await https('good', answer(200)), {}, 'good')).toEqual({
      healthy: true,
      latencyMs: expect.any(Number),
      certificateDays: GOOD_DAYS,
    });
  });

  test('the days are known also when the answer is bad', async () => {
    const result = await probe(await https('good', answer(500)), {}, 'good');

    expect(result).toMatchObject({ healthy: false, cause: 'status 500', certificateDays: GOOD_DAYS });
  });

  test.each([
    ['is expired', 'expired', 'expired', 'CERT_HAS_EXPIRED', -2148],
    ['is for another host', 'elsewhere', 'elsewhere', 'ERR_TLS_CERT_ALTNAME_INVALID', GOOD_DAYS],
    ['is signed by nobody known', 'good', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT', GOOD_DAYS],
  ])('a certificate that %s is not healthy, and gets no request', async (_what, certificate, trusted, cause, days) => {
    let asked = 0;
    const url = await https(certificate, () => {
      asked += 1;
    });

    expect(await probe(url, {}, trusted)).toEqual({
      healthy: false,
      cause: `certificate: ${cause}`,
      certificateDays: days,
    });
    await hungUp();
    expect(asked).toBe(0);
  });

  test('a server that speaks no TLS is not healthy', async () => {
    const url = (await http(answer(200))).replace('http:', 'https:');

    expect(await probe(url)).toEqual({ healthy: false, cause: expect.stringMatching(/^(ERR_SSL|EPROTO|ECONNRESET)/) });
  });
});

/** A header line now and then. */
function drip(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n');
  const timer = setInterval(() => socket.write('x-slow: 1\r\n'), 20);
  socket
    .on('close', () => clearInterval(timer))
    .on('error', () => {})
    .resume();
}
