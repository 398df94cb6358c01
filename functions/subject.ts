/** What something happened to. Without a service it is the cluster itself. */
export interface Subject {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** Name of the service; `dependency:NAME` for what services lean on, which no service can be called. */
  readonly service?: string;
}

const DEPENDENCY = 'dependency:';

/** The key of a subject's thread: account / region / cluster / service. */
export function threadKey({ account, region, cluster, service }: Subject): string {
  return [account, region, cluster, service ?? ''].join('/');
}

export function dependencySubject(cluster: Subject, name: string): Subject {
  return { ...cluster, service: `${DEPENDENCY}${name}` };
}

/** The name of the dependency, if the subject is one. */
export function dependencyOf({ service }: Subject): string | undefined {
  return service?.startsWith(DEPENDENCY) ? service.slice(DEPENDENCY.length) : undefined;
}
