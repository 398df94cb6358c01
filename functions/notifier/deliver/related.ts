import { threadKey } from '../../subject';
import { severityOf } from '../alert';
import { type Incident, isFiring, rank } from '../thread/incident';
import type { Thread } from '../thread/memory';
import type { Slack } from './slack';
import type { ThreadStore } from './thread-store';

/** What a service leans on: a name, and the key of its thread. */
export interface LeansOn {
  readonly name: string;
  readonly key: string;
}

/** So many threads a parent points to: each is a question to Slack before it is posted. */
const LINKED = 3;

/** The threads of those that have trouble now, the worst first. */
export async function relatedThreads(
  leansOn: readonly LeansOn[],
  { store, slack }: { readonly store: Pick<ThreadStore, 'read'>; readonly slack: Pick<Slack, 'permalink'> },
): Promise<NonNullable<Incident['related']>> {
  const threads = leansOn.length === 0 ? [] : await store.read(leansOn.map(({ key }) => key));
  const firing = threads.filter(({ incident }) => incident?.parent !== undefined && isFiring(incident));
  const related: { name: string; permalink: string }[] = [];
  for (const { subject, incident } of firing.sort((a, b) => badness(b) - badness(a)).slice(0, LINKED)) {
    const name = leansOn.find(({ key }) => key === threadKey(subject))?.name;
    const permalink = incident?.parent && (incident.parent.permalink ?? (await slack.permalink(incident.parent)));
    if (name !== undefined && permalink !== undefined) related.push({ name, permalink });
  }
  return related;
}

function badness({ incident }: Thread): number {
  return Math.max(...Object.values(incident?.conditions ?? {}).map((alert) => rank(severityOf(alert))));
}

/** The link to the incident before, asked for once. */
export async function linkOfPrevious(
  { previous }: Incident,
  { slack }: { readonly slack: Pick<Slack, 'permalink'> },
): Promise<Pick<Incident, 'previous'>> {
  if (previous === undefined || previous.permalink !== undefined) return {};
  const permalink = await slack.permalink(previous);
  return permalink === undefined ? {} : { previous: { ...previous, permalink } };
}
