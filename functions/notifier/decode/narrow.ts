import { createHash } from 'node:crypto';
import type { Subject } from '../../subject';
import { maskedText } from '../explain/mask';
import { shorten } from '../shorten';

/** Reading foreign data: every function gives `undefined` for what is not there or not of its type. */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Of somebody else's text so many characters are kept: it is stored with the thread. */
const TEXT_MAX = 1000;

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? shorten(value.toWellFormed(), TEXT_MAX) : undefined;
}

/** What ECS says of why, which may repeat what it was given: a command with a password in it. */
export function reasonText(value: unknown): string | undefined {
  const said = text(value);
  return said === undefined ? undefined : maskedText(said);
}

/** What is beyond a safe integer cannot be stored as it is. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

const FIRST_MS = Date.parse('2000-01-01T00:00:00Z');
const LAST_MS = Date.parse('2100-01-01T00:00:00Z');

/** AWS writes `2026-11-18T09:14:49.530+0000` and `2026-11-18T09:05:14Z`; V8 reads both. */
export function time(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return isTime(ms) ? ms : undefined;
}

export function isTime(ms: unknown): ms is number {
  return typeof ms === 'number' && ms >= FIRST_MS && ms < LAST_MS;
}

/** Identity of what has no other. */
export function fingerprint(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

export function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The service that a task's `group` names; other tasks have `family:NAME`. */
export function serviceOfGroup(group: unknown): string | undefined {
  const name = text(group);
  return name?.startsWith('service:') ? name.slice('service:'.length) : undefined;
}

/** `arn:aws:ecs:eu-west-1:111122223333:service/shop/api` → its parts after the last colon, split at the slashes. */
export function arnPath(arn: unknown): readonly string[] {
  return text(arn)?.split(':').slice(5).join(':').split('/') ?? [];
}

export function isSubject(value: unknown): value is Subject {
  const subject = fields(value);
  const { service = 'none' } = subject ?? {};
  return ['account', 'region', 'cluster'].every((part) => isText(subject?.[part])) && isText(service);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}
