import type { AwsClientSettings } from './emulators';
import type { Asked } from './iam-policy';

/** What a function asked of AWS. */
export interface FunctionCall extends Asked {
  /** The function's ARN. */
  readonly function: string;
}

/** What somebody asked of AWS who had assumed a role. */
export interface RoleCall extends Asked {
  /** The role's ARN. */
  readonly role: string;
}

/** A deployment of a service: what is not given is made up. */
export interface ServiceDeployment {
  /** `app:2` */
  readonly taskDefinition: string;
  readonly status: 'PENDING' | 'IN_PROGRESS' | 'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED';
  /** Seconds; else an hour lies between two. */
  readonly createdAt?: number;
  /** Of its images; else the same image has the same one. */
  readonly imageDigest?: string;
}

type Aws = Pick<AwsClientSettings, 'endpoint'>;

/** All that functions asked so far, of all accounts, nothing twice. */
export function functionCalls(aws: Aws): Promise<readonly FunctionCall[]> {
  return recorded(aws, 'function-calls');
}

/** All that was asked so far with an assumed role, of all accounts, nothing twice. */
export function roleCalls(aws: Aws): Promise<readonly RoleCall[]> {
  return recorded(aws, 'role-calls');
}

/** @param deployments newest first */
export async function putServiceDeployments(
  { endpoint }: Aws,
  serviceArn: string,
  deployments: readonly ServiceDeployment[],
): Promise<void> {
  const body = JSON.stringify({ serviceArn, deployments });
  await ask(`${endpoint}/_launcher/service-deployments`, { method: 'PUT', body });
}

async function recorded<T>({ endpoint }: Aws, what: string): Promise<readonly T[]> {
  const answer = await ask(`${endpoint}/_launcher/${what}`, {});
  const { calls, isComplete } = (await answer.json()) as { calls: T[]; isComplete: boolean };
  if (!isComplete) throw new Error('the launcher records no more calls');
  return calls;
}

async function ask(url: string, request: RequestInit): Promise<Response> {
  const answer = await fetch(url, request);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
