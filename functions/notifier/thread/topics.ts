import type { Alert } from '../alert';
import type { Incident } from './incident';

/** What of an incident is worth an explanation. Each topic is explained once. */

/** More are not asked for: an explanation that nobody reads any more. */
export const TOPICS_MAX = 20;
/** A name of AWS's is no longer; what is no name is not kept whole. */
export const TOPIC_LENGTH_MAX = 300;

/** The topics that were not asked for yet. */
export function newTopics(incident: Incident, options: { readonly leansOn: boolean }): readonly string[] {
  const { asked = [] } = incident.explained ?? {};
  const topics = topicsOf(incident, options).filter((topic) => !asked.includes(topic));
  return topics.slice(0, Math.max(0, TOPICS_MAX - asked.length));
}

export function topicsOf(incident: Incident, { leansOn }: { readonly leansOn: boolean }): readonly string[] {
  const { conditions, note, stops } = incident;
  const alerts = [...Object.values(conditions), note, stops?.last].filter((alert) => alert !== undefined);
  const topics = alerts.map((alert) => topicOf(alert, leansOn)).filter((topic) => topic !== undefined);
  return [...new Set(topics.map((topic) => topic.slice(0, TOPIC_LENGTH_MAX)))];
}

function topicOf(alert: Alert, leansOn: boolean): string | undefined {
  switch (alert.kind) {
    case 'task-stopped':
      // AWS took the machine back: there is no more to it.
      return alert.spot ? undefined : `stop/${alert.revision}/${alert.exitCode ?? alert.stopCode ?? ''}`;
    case 'crash-loop':
      return alert.stops === undefined ? 'tasks' : topicOf(alert.stops.last, leansOn);
    case 'deployment':
      return alert.phase === 'in-progress' || alert.phase === 'completed'
        ? undefined
        : `deployment/${alert.deploymentId}`;
    case 'service-problem':
      return `problem/${alert.name}`;
    case 'tasks':
      return alert.state === 'ALARM' && alert.what !== 'scaled-to-zero' && alert.what !== 'deleted'
        ? 'tasks'
        : undefined;
    case 'scaling':
      return alert.atMax || (leansOn && alert.to > alert.from) ? 'scaled' : undefined;
    case 'at-max':
      return 'scaled';
    case 'stopped':
      return alert.state === 'ALARM' ? 'tasks' : undefined;
    case 'steady':
    case 'observation':
    case 'due':
    case 'reminder':
    case 'test':
    case 'unknown':
      return undefined;
    case 'scaled-up':
      return leansOn ? 'scaled' : undefined;
    case 'scaled-down':
      return undefined;
    case 'cpu-high':
    case 'memory-high':
    case 'saturated':
    case 'log-pattern':
    case 'dependency':
    case 'alarm':
      return alert.state === 'ALARM' ? alert.condition : undefined;
  }
}
