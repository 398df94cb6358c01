import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import type { ProbeSettings } from '../settings';

export interface ProbeResult {
  readonly healthy: boolean;
  /** Milliseconds until the answer began, with looking up the name and connecting; only when there was one. */
  readonly latencyMs?: number;
  /** Whole days; below zero for one that is expired. Only when the endpoint showed a certificate. */
  readonly certificateDays?: number;
  /** Why it is not healthy. Has nothing of the URL: that may hold a credential. */
  readonly cause?: string;
}

/** Asks an endpoint how it is. Never throws. */
export type Probe = (settings: ProbeSettings) => Promise<ProbeResult>;

const DAY_MS = 24 * 60 * 60_000;

/** @param ca certificates to trust instead of those that Node knows, in PEM */
export function prober(now: () => Date, ca?: string): Probe {
  return async (settings) => {
    try {
      return await ask(settings, now, ca);
    } catch (error) {
      return { healthy: false, cause: causeOf(error) };
    }
  };
}

/** One GET, on a connection of its own; redirects are not followed, the body is not read. */
function ask({ url, timeoutMs, status }: ProbeSettings, now: () => Date, ca: string | undefined): Promise<ProbeResult> {
  return new Promise((done) => {
    const startedAtMs = performance.now();
    let certificateDays: number | undefined;
    const end = (result: ProbeResult) => {
      clearTimeout(timer);
      request.destroy();
      done({ ...result, ...(certificateDays === undefined ? {} : { certificateDays }) });
    };
    const fail = (cause: string) => end({ healthy: false, cause });

    const target = new URL(url);
    const headers = { accept: '*/*', 'user-agent': 'ecs-alerts' };
    const request =
      target.protocol === 'https:'
        ? // A certificate that nobody should trust is to be seen too: it is judged below, before anything is sent.
          overHttps(target, { agent: false, headers, ca, rejectUnauthorized: false })
        : overHttp(target, { agent: false, headers });
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);

    request.on('error', (error) => fail(causeOf(error)));
    request.once('socket', (socket) => {
      if (!(socket instanceof TLSSocket)) return request.end();
      return socket.once('secureConnect', () => {
        certificateDays = daysLeft(socket.getPeerCertificate(), now());
        if (socket.authorized) request.end();
        else fail(`certificate: ${socket.authorizationError}`);
      });
    });
    request.once('response', ({ statusCode = 0 }) => {
      const latencyMs = Math.round(performance.now() - startedAtMs);
      const healthy = statusCode >= status.from && statusCode <= status.to;
      end({ healthy, latencyMs, ...(healthy ? {} : { cause: `status ${statusCode}` }) });
    });
  });
}

function daysLeft({ valid_to }: PeerCertificate, now: Date): number | undefined {
  const days = Math.floor((Date.parse(valid_to) - now.getTime()) / DAY_MS);
  return Number.isNaN(days) ? undefined : days;
}

/** Node's code, such as `ECONNREFUSED`; messages may hold the URL. */
function causeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
