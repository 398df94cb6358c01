/** ARNs by name, and back: policies name resources before they are made, and a log line says what a policy lacks. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

export function arn({ accountId, region }: Place, service: string, resource: string): string {
  return `arn:${partition(region)}:${service}:${region}:${accountId}:${resource}`;
}

/** `arn:aws:ecs:…:task-definition/api:42` → `api:42` */
export function revisionIn(taskDefinition: string | undefined): string | undefined {
  return taskDefinition?.split('/').at(-1);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: by the beginning of the region. */
const PARTITIONS: Readonly<Record<string, string>> = {
  'cn-': 'aws-cn',
  'us-gov-': 'aws-us-gov',
  'us-iso-': 'aws-iso',
  'us-isob-': 'aws-iso-b',
  'eusc-': 'aws-eusc',
};

export function partition(region: string): string {
  return Object.entries(PARTITIONS).find(([beginning]) => region.startsWith(beginning))?.[1] ?? 'aws';
}
