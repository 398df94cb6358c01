import type { AwsClientSettings } from './emulators';

/** What a function asked of AWS, as IAM sees it. */
export interface FunctionCall {
  /** The function's ARN. */
  readonly function: string;
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys. */
  readonly context: Readonly<Record<string, string>>;
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
export async function functionCalls({ endpoint }: Aws): Promise<readonly FunctionCall[]> {
  const answer = await ask(`${endpoint}/_launcher/function-calls`, {});
  const { calls, isComplete } = (await answer.json()) as { calls: FunctionCall[]; isComplete: boolean };
  if (!isComplete) throw new Error('the launcher records no more calls');
  return calls;
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

async function ask(url: string, request: RequestInit): Promise<Response> {
  const answer = await fetch(url, request);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
