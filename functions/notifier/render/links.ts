import type { Subject } from '../../subject';
import { visible } from './visible';

/** Pages of the AWS console, in the subject's own region and partition. */
export function serviceUrl({ region, cluster, service }: Subject): string {
  const path = `clusters/${encodeURIComponent(cluster)}/services`;
  const page = service === undefined ? path : `${path}/${encodeURIComponent(service)}/health`;
  return `https://${consoleHost(region)}/ecs/v2/${page}?region=${encodeURIComponent(region)}`;
}

export function alarmUrl({ region }: Subject, alarmName: string): string {
  const alarm = encodeURIComponent(alarmName);
  return `https://${consoleHost(region)}/cloudwatch/home?region=${encodeURIComponent(region)}#alarmsV2:alarm/${alarm}`;
}

export function dashboardUrl({ region }: Subject, name: string): string {
  const page = `dashboards/dashboard/${encodeURIComponent(name)}`;
  return `https://${consoleHost(region)}/cloudwatch/home?region=${encodeURIComponent(region)}#${page}`;
}

/** What a container wrote: its stream, or the whole group when the stream is not known. */
export function logUrl(
  { region }: Subject,
  { group, stream }: { readonly group: string; readonly stream?: string },
): string {
  const events = stream === undefined ? '' : `/log-events/${inFragment(stream)}`;
  const page = `logsV2:log-groups/log-group/${inFragment(group)}${events}`;
  return `https://${consoleHost(region)}/cloudwatch/home?region=${encodeURIComponent(region)}#${page}`;
}

/** As the console of CloudWatch Logs writes names behind its `#`: encoded twice, with `$` for `%`. */
function inFragment(name: string): string {
  return encodeURIComponent(encodeURIComponent(visible(name))).replaceAll('%', '$');
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** https://docs.aws.amazon.com/general/latest/gr/rande.html: the partitions have consoles of their own. */
function consoleHost(region: string): string {
  // What an event has for its region must not become another host.
  if (!REGION.test(region)) return 'console.aws.amazon.com';
  if (region.startsWith('cn-')) return `${region}.console.amazonaws.cn`;
  if (region.startsWith('us-gov-')) return `${region}.console.amazonaws-us-gov.com`;
  return `${region}.console.aws.amazon.com`;
}
