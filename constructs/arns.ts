/** ARNs that must be known before the resource is made: policies name each other's. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

export function arn({ accountId, region }: Place, service: string, resource: string): string {
  return `arn:${partition(region)}:${service}:${region}:${accountId}:${resource}`;
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

/** An IAM policy document. */
export function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
