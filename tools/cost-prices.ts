/** The table of prices, which may be replaced by one of your own. */

const NAMES = [
  'alarmMetricMonth',
  'customMetricMonth',
  'dashboardMonth',
  'lambdaRequests',
  'lambdaGbSecond',
  'sqsRequests',
  'dynamoReadUnits',
  'dynamoWriteUnits',
  'logsIngestedGb',
] as const;
export type PriceName = (typeof NAMES)[number];

/** `per`: for so many units (default 1). A price without a `source` is marked. */
export interface Prices {
  readonly asOf: string;
  readonly region: string;
  readonly currency: string;
  readonly prices: Readonly<
    Record<PriceName, { readonly usd: number; readonly per?: number; readonly source?: string }>
  >;
}

/**
 * Reads a table.
 *
 * @throws naming the file and all that is missing or no number
 */
export function pricesOf(file: string, text: string): Prices {
  const table = JSON.parse(text) as Partial<Prices> | null;
  const prices = (table?.prices ?? {}) as Readonly<Record<string, { readonly usd?: unknown; readonly per?: unknown }>>;
  const missing = [
    ...(['asOf', 'region', 'currency'] as const).filter((field) => typeof table?.[field] !== 'string'),
    ...NAMES.filter((name) => typeof prices[name]?.usd !== 'number').map((name) => `prices.${name}.usd`),
    ...NAMES.filter((name) => !isUnits(prices[name]?.per)).map((name) => `prices.${name}.per`),
  ];
  if (missing.length > 0) throw new Error(`${file}: missing or of a wrong type: ${missing.join(', ')}`);
  return table as Prices;
}

function isUnits(per: unknown): boolean {
  return per === undefined || (typeof per === 'number' && per > 0);
}
