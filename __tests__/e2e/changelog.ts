import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceChange } from '../../tools/plan/changes';

/** What CHANGELOG.md says of Terraform's plans, as its head describes it. */
const CHANGELOG = readFileSync(join(__dirname, '..', '..', 'CHANGELOG.md'), 'utf8');

/** The addresses that may be replaced or removed, as they stand there. */
export function named(changelog = CHANGELOG): readonly string[] {
  const plans = changelog.split(/\n{2,}/).filter((paragraph) => paragraph.startsWith('Terraform plan:'));
  return plans.flatMap((plan) =>
    [...plan.matchAll(/(?:replaces|removes)\s+`([^`]+)`/g)].map(([, address = '']) => address),
  );
}

/** What a plan destroys without being named, be it to make it again or under another address. */
export function unnamed(changes: readonly ResourceChange[], names = named()): readonly string[] {
  const destroyed = changes.filter(({ change }) => change.actions.includes('delete')).map(({ address }) => address);
  return destroyed.filter((address) => !names.some((name) => isCalled(address, name)));
}

/** `aws_sqs_queue.clusters_shop_queue_1A293734` is called `aws_sqs_queue.queue`. */
function isCalled(address: string, name: string): boolean {
  const [type, id = ''] = address.split('.');
  const [namedType, end] = name.split('.');
  return type === namedType && `_${id.replace(/_[0-9A-F]{8}$/, '')}`.endsWith(`_${end}`);
}
