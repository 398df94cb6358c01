import { type clusterCost, sum } from './cost-of-cluster';
import type { Prices } from './cost-prices';

type ClusterCost = ReturnType<typeof clusterCost>;

/** What `npm run cost` prints: of each cluster what it has, then what each part of it costs. */
export function report(costs: readonly ClusterCost[], table: Prices): string {
  const all = costs.flatMap(({ lines }) => lines);
  return [
    ...costs.map(reportOf),
    `${money(sum(all))}  ${table.currency} a month in all, without free tiers, at prices of ${table.asOf} (${table.region})`,
    ...(all.some(({ sourced }) => !sourced) ? [`${INDENT}* a price without a source: look it up`] : []),
  ].join('\n');
}

const INDENT = ' '.repeat(11);

function reportOf({ cluster, counts, lines }: ClusterCost): string {
  const { resources, alarms, alarmMetrics, watcherRuns, queries, services } = counts;
  const runs = watcherRuns === 0 ? 'no watcher' : `${watcherRuns} runs of the watcher`;
  return [
    `${cluster}: ${resources} resources, ${alarms} alarms on ${alarmMetrics} metrics, ${runs}`,
    ...(services === 0 && (queries > 0 || watcherRuns > 0)
      ? [`${INDENT}no service is listed, and all are looked at: say how many there are with --services N`]
      : []),
    ...lines.map(({ what, usd, sourced }) => `${money(usd)}  ${what}${sourced ? '' : ' *'}`),
    `${money(sum(lines))}  a month`,
    '',
  ].join('\n');
}

function money(usd: number): string {
  return usd.toFixed(2).padStart(9);
}
