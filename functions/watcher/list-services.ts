import { type ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs';
import { INTERVAL_MS } from './pace';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html: so many in one answer. */
const SERVICES_PER_PAGE = 100;

/** Names of all services of the cluster; all pages or an error. */
export type ListServices = (cluster: string) => Promise<readonly string[]>;

export function serviceLister(ecs: Pick<ECSClient, 'send'>, sleep: (ms: number) => Promise<void>): ListServices {
  return async (cluster) => {
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      if (nextToken !== undefined) await sleep(INTERVAL_MS);
      const page = await ecs.send(new ListServicesCommand({ cluster, maxResults: SERVICES_PER_PAGE, nextToken }));
      names.push(...(page.serviceArns ?? []).map((arn) => arn.slice(arn.lastIndexOf('/') + 1)));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  };
}
