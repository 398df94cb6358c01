import { type ExplainRequest, REQUEST_SOURCE } from '../explain/request';
import { TOPIC_LENGTH_MAX, TOPICS_MAX } from '../thread/topics';
import { fields, isSubject, isTime, json, list } from './narrow';

/** A request of ours. Whatever else says that it is one is shown as an unknown event. */
export function explainRequest(body: string): ExplainRequest | undefined {
  if (!body.includes(REQUEST_SOURCE)) return undefined;
  const request = fields(json(body));
  const subject = request?.['subject'];
  const openedAtMs = request?.['openedAtMs'];
  const topics = list(request?.['topics'])
    .filter((topic) => typeof topic === 'string')
    .slice(0, TOPICS_MAX)
    .map((topic) => topic.slice(0, TOPIC_LENGTH_MAX));
  const isOurs = request?.['source'] === REQUEST_SOURCE && request['kind'] === 'explain';
  if (!isOurs || !isSubject(subject) || !isTime(openedAtMs) || topics.length === 0) return undefined;
  return { source: REQUEST_SOURCE, kind: 'explain', subject, openedAtMs, topics };
}
