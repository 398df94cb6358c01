import type { Chart, Explanation } from '../../functions/notifier/explain/explanation';
import { at } from './alerts';

/** What was found out about an incident: for the golden files, and for the pictures. */

const STREAM = { group: '/ecs/shop/api', stream: 'api/app/0f1e2d3c4b5a69788796a5b4c3d2e1f0' };
const revisions = { failing: 'api:42', good: 'api:41', goodBy: 'deployment' } as const;
const registered = { registeredAtMs: at('13:55'), registeredBy: 'ci-deploy' } as const;
const orders = { name: 'orders-db', state: 'healthy' } as const;
const quiet = [{ measure: 'CPU', unit: '%', value: 22, threshold: 80, bad: false }] as const;

export function minutes(values: readonly (number | undefined)[], measure = 'CPU', threshold = 85): Chart {
  const points = values.flatMap((value, index) =>
    value === undefined ? [] : [{ atMs: at('13:43') + index * 60_000, value }],
  );
  return { title: `${measure === 'memory' ? 'Memory' : measure} of api`, measure, unit: '%', threshold, points };
}

const CPU = minutes([38, 41, 40, 44, 43, 47, 52, 51, 58, 63, 61, 70, 74, 79, 83, 86, 88, 90, 92, 91]);

export const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  'crash loop with a missing variable': {
    why: {
      what: ['container ', { quote: 'app' }, ' exited with 1: an error in the application'],
      next: ['set ', { quote: 'DATABASE_URL' }, ' in the task definition, or roll back to ', { quote: 'api:41' }],
      cause: [{ quote: 'DATABASE_URL' }, ' is read but not set in ', { quote: 'api:42' }],
    },
    changes: {
      ...revisions,
      ...registered,
      differences: [
        { what: 'image', change: [{ quote: 'api:9f3c1d2' }, ' → ', { quote: 'api:77ab0e4' }] },
        { what: 'env', change: ['+ ', { quote: 'FEATURE_CHECKOUT_V2' }] },
        { what: 'memory', change: [{ quote: '512 MiB' }, ' → ', { quote: '1024 MiB' }] },
      ],
      missing: [{ name: 'DATABASE_URL' }],
    },
    lines: {
      ...STREAM,
      of: 'last',
      lines: [
        'Starting api 77ab0e4',
        'Traceback (most recent call last):',
        '  File "/app/main.py", line 7, in <module>',
        '    url = os.environ["DATABASE_URL"]',
        '          ~~~~~~~~~~^^^^^^^^^^^^^^^^',
        "KeyError: 'DATABASE_URL'",
      ],
    },
    leansOn: [{ ...orders, values: quiet }],
  },
  'variable that the good one had': {
    why: { what: ['container ', { quote: 'app' }, ' exited with 1: an error in the application'] },
    changes: {
      ...revisions,
      goodBy: 'running',
      ...registered,
      differences: [{ container: 'app', what: 'env', change: ['- ', { quote: 'DATABASE_URL' }] }],
      missing: [
        { name: 'DATABASE_URL', wasIn: 'api:41' },
        { name: 'REDIS_URL', maybeElsewhere: true },
      ],
    },
  },
  'missing secret': {
    why: {
      what: ['ECS could not read a secret: ', { quote: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:api/db' }],
      next: ['does it exist, and may the execution role read it?'],
      cause: ['the secret ', { quote: 'api/db' }, ' cannot be read'],
    },
    changes: {
      ...revisions,
      goodBy: 'number',
      ...registered,
      differences: [{ what: 'secret', change: ['+ ', { quote: 'DATABASE_URL' }] }],
      missing: [],
    },
  },
  'image that cannot be pulled': {
    why: {
      what: ['the image ', { quote: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/api:77ab0e4' }, ' was not found'],
      next: ['push it, or roll back to ', { quote: 'api:41' }],
      cause: ['image ', { quote: 'api:77ab0e4' }, ' not found'],
    },
    changes: {
      ...revisions,
      ...registered,
      differences: [{ what: 'image', change: [{ quote: 'api:9f3c1d2' }, ' → ', { quote: 'api:77ab0e4' }] }],
      missing: [],
    },
    events: ['was unable to pull an image. Reason: not found: api:77ab0e4.'],
  },
  'out of memory': {
    why: {
      what: ['container ', { quote: 'app' }, ' ran out of memory: limit 512\u00a0MiB'],
      next: ['raise its memory, or look for what grows'],
      cause: ['container ', { quote: 'app' }, ' out of memory (512\u00a0MiB)'],
    },
    changes: { ...revisions, ...registered, differences: [], missing: [] },
    lines: { ...STREAM, of: 'last', lines: ['GET /export 200 8123ms', 'GET /export 200 9544ms', 'GET /export'] },
    chart: minutes([61, 66, 70, 74, 79, 83, 88, 91, 95, 99], 'memory', 90),
  },
  'CPU with what it leans on': {
    leansOn: [
      {
        name: 'sessions-cache',
        state: 'healthy',
        values: [{ measure: 'memory', unit: '%', value: 31, threshold: 85, bad: false }],
      },
      {
        name: 'orders-db',
        state: 'unhealthy',
        values: [
          { measure: 'CPU', unit: '%', value: 96, threshold: 80, bad: true },
          { measure: 'connections', unit: '', value: 41, threshold: 90, bad: false },
        ],
      },
      { name: 'search', state: 'unknown', values: [] },
    ],
    chart: CPU,
  },
  'log lines that matched': {
    lines: {
      group: '/ecs/shop/api',
      of: 'matched',
      lines: [
        '14:01:12 ERROR checkout: payment provider answered 503 after 3 tries',
        '14:01:40 ERROR checkout: payment provider answered 503 after 3 tries',
        '14:02:03 ERROR checkout: payment provider timed out after 10 s',
      ],
    },
  },
  'at its limit': {
    why: {
      what: ['20 of 20 tasks run, so it cannot scale further'],
      next: ['raise ', { quote: 'max_capacity' }, ', or find what costs the CPU'],
    },
    leansOn: [{ ...orders, values: quiet }],
    chart: minutes([88, undefined, 90, 91, undefined, undefined, 93, 95]),
  },
  'only events': {
    events: [
      'was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later.',
      'has started 1 tasks: (task 0f1e2d3c4b5a69788796a5b4c3d2e1f0).',
      'is unable to consistently start tasks successfully.',
      'has reached a steady state.',
    ],
  },
  'first revision': {
    why: { what: ['the health check of container ', { quote: 'app' }, ' failed'] },
    changes: { failing: 'api:1', ...registered, differences: [], missing: [{ name: 'PORT' }] },
    lines: { ...STREAM, of: 'last', lines: [] },
  },
  'revision that worked before': {
    why: { what: ['container ', { quote: 'app' }, ' exited with 137: something killed it'] },
    changes: { failing: 'api:41', good: 'api:41', goodBy: 'deployment', ...registered, differences: [], missing: [] },
  },
  nothing: {},
  'everything at its longest': longest('ö'),
  'hostile texts': longest('<!channel> ```*_`~> &lt;@U1|x> https://evil.example :fire: '),
};

/** Every text as long as it can come, and more of everything than is shown. */
export function longest(text: string): Explanation {
  const long = text.repeat(Math.ceil(1000 / text.length)).slice(0, 1000);
  const many = (count: number) => Array.from({ length: count }, (_, index) => index);
  return {
    why: {
      what: [{ quote: long }, ' broke ', { quote: long }],
      next: ['see ', { quote: long }],
      cause: [{ quote: long }],
    },
    changes: {
      failing: long,
      good: `${long}!`,
      goodBy: 'number',
      registeredAtMs: at('13:55'),
      registeredBy: long,
      differences: many(40).map(() => ({
        container: long,
        what: 'image',
        change: [{ quote: long }, ' → ', { quote: long }],
      })),
      missing: many(20).map(() => ({ name: long, wasIn: long, maybeElsewhere: true as const })),
    },
    lines: { of: 'last', lines: many(50).map((index) => `${index} ${long}`), group: long, stream: long },
    leansOn: many(12).map((index) => ({
      name: long,
      state: (['unhealthy', 'healthy', 'unknown'] as const)[index % 3] ?? 'unknown',
      values: many(5).map(() => ({ measure: long, unit: '%', value: 91, threshold: 85, bad: index % 3 === 0 })),
    })),
    events: many(10).map(() => long),
    chart: {
      title: long,
      measure: long,
      unit: long,
      threshold: 85,
      points: many(60).map((index) => ({ atMs: at('13:00') + index * 30_000, value: index * 1.23456 })),
    },
  };
}
