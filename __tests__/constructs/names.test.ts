import fc from 'fast-check';
import {
  alarmName,
  dashboardName,
  dependencyAlarmName,
  opsAlarmName,
  resourceName,
  roleName,
} from '../../constructs/names';

const REGIONS = [
  'eu-west-1',
  'eu-west-2',
  'us-west-1',
  'us-gov-west-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'cn-north-1',
];
const KINDS = ['cpu-high', 'memory-high', 'stopped', 'scaled-up', 'scaled-down', 'saturated', 'log-pattern:1'];
const RESOURCES = [
  ['topic', 'alarms', 256],
  ['queue', 'alerts', 80],
  ['queue', 'dead-letters', 80],
  ['function', 'notifier', 64],
  ['function', 'watcher', 64],
  ['table', 'threads', 255],
  ['rule', 'task-stopped', 64],
  ['rule', 'deployment', 64],
  ['rule', 'service-action', 64],
  ['rule', 'scaled-to-max', 64],
  ['rule', 'watcher', 64],
] as const;

const anyName = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 255 });
/** Names that are alike: few letters, words that we append ourselves, and long beginnings in common. */
const alike = fc
  .tuple(
    fc.constantFrom('', 'a'.repeat(30), 'a'.repeat(60), 'a'.repeat(200)),
    fc.array(fc.constantFrom('a', 'A', '-', 'alerts', 'notifier', '-eu-west-1', 'eu', 'stopped'), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([beginning, parts]) => `${beginning}${parts.join('')}`.slice(0, 255));
const region = fc.constantFrom(...REGIONS);

function isUnique(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

describe('a name of a resource', () => {
  test.each(RESOURCES)('%s %s has at most its limit, whatever the cluster is called', (type, suffix, max) => {
    fc.assert(
      fc.property(anyName, (cluster) => {
        const name = resourceName(type, { clusterName: cluster }, suffix);
        expect(name.length).toBeLessThanOrEqual(max);
        expect(name).toMatch(/^ecs-alerts-[\w-]+$/);
        expect(name.endsWith(`-${suffix}`)).toBe(true);
      }),
    );
  });

  test('is never that of another cluster, or of another resource of its kind', () => {
    fc.assert(
      fc.property(fc.uniqueArray(alike, { minLength: 2 }), (clusters) => {
        const names = RESOURCES.map(([type, suffix]) => ({
          type,
          names: clusters.map((c) => resourceName(type, { clusterName: c }, suffix)),
        }));
        for (const kind of ['topic', 'queue', 'function', 'table', 'rule']) {
          expect(isUnique(names.filter(({ type }) => type === kind).flatMap((one) => one.names))).toBe(true);
        }
      }),
    );
  });
});

describe('a name of a role', () => {
  test('has at most 64 characters, and says the region', () => {
    fc.assert(
      fc.property(anyName, region, (cluster, where) => {
        const name = roleName({ clusterName: cluster }, where, 'notifier');
        expect(name.length).toBeLessThanOrEqual(64);
        expect(name).toMatch(/^ecs-alerts-[\w-]+$/);
        expect(name.endsWith(`-${where}-notifier`)).toBe(true);
      }),
    );
  });

  test('is never that of another cluster or region of the account', () => {
    const place = fc.record({ cluster: alike, where: region });
    const selector = ({ cluster, where }: { cluster: string; where: string }) => `${cluster}/${where}`;
    fc.assert(
      fc.property(fc.uniqueArray(place, { minLength: 2, selector }), (places) => {
        expect(
          isUnique(places.map(({ cluster, where }) => roleName({ clusterName: cluster }, where, 'notifier'))),
        ).toBe(true);
      }),
    );
  });

  test('is never that of a cluster whose name differs in case only: IAM does not tell them apart', () => {
    fc.assert(
      fc.property(alike, region, (cluster, where) => {
        fc.pre(cluster !== cluster.toLowerCase());
        const names = [cluster, cluster.toLowerCase()].map((one) =>
          roleName({ clusterName: one }, where, 'notifier').toLowerCase(),
        );
        expect(isUnique(names)).toBe(true);
      }),
    );
  });
});

describe('a name of an alarm', () => {
  test('has at most 255 characters', () => {
    fc.assert(
      fc.property(
        anyName,
        fc.option(anyName, { nil: undefined }),
        fc.constantFrom(...KINDS),
        (cluster, service, kind) => {
          const name = alarmName({ clusterName: cluster }, service, kind);
          expect(name.length).toBeLessThanOrEqual(255);
          expect(name).toMatch(/^ecs\//);
          expect(name.endsWith(`/${kind}`)).toBe(true);
        },
      ),
    );
  });

  test('is never that of another cluster, service or kind', () => {
    const one = fc.record({
      cluster: alike,
      service: fc.option(alike, { nil: undefined }),
      kind: fc.constantFrom(...KINDS),
    });
    const selector = (of: { cluster: string; service: string | undefined; kind: string }) =>
      `${of.cluster}/${of.service ?? ''}/${of.kind}`;
    fc.assert(
      fc.property(fc.uniqueArray(one, { minLength: 2, selector }), (all) => {
        expect(
          isUnique(all.map(({ cluster, service, kind }) => alarmName({ clusterName: cluster }, service, kind))),
        ).toBe(true);
      }),
    );
  });

  test('is never that of a dependency of any cluster, nor of the alerting itself', () => {
    const dependency = anyName.map((name) => name.slice(0, 64));
    const what = fc.constantFrom('cpu-high', 'stopped', 'oldest-message');
    const one = fc.oneof(
      fc.record({ cluster: alike, dependency, what }),
      fc.record({ cluster: alike, service: alike, what }),
      fc.record({ cluster: alike, what, ops: fc.constant(true) }),
    );
    const nameOf = (of: { cluster: string; what: string; dependency?: string; service?: string; ops?: boolean }) => {
      const named = { clusterName: of.cluster };
      if (of.dependency !== undefined) return dependencyAlarmName(named, of.dependency, of.what);
      return of.ops ? opsAlarmName(named, of.what) : alarmName(named, of.service, of.what);
    };
    fc.assert(
      fc.property(fc.uniqueArray(one, { minLength: 2, selector: (of) => JSON.stringify(of) }), (all) => {
        const names = all.map(nameOf);
        expect(isUnique(names)).toBe(true);
        expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(255);
      }),
    );
  });

  test('is readable while it fits', () => {
    const shop = { clusterName: 'shop' };
    expect(dependencyAlarmName(shop, 'db', 'cpu-high')).toBe('ecs/shop/dependency:db/cpu-high');
    expect(opsAlarmName(shop, 'dead-letters')).toBe('ecs-alerts/shop/dead-letters');
    expect(alarmName(shop, 'api', 'stopped')).toBe('ecs/shop/api/stopped');
    expect(alarmName(shop, undefined, 'cpu-high')).toBe('ecs/shop/cpu-high');
  });
});

describe('a name of a dashboard', () => {
  test('has at most 255 characters, and is never that of another cluster or region of the account', () => {
    const place = fc.record({ cluster: alike, where: region });
    const selector = ({ cluster, where }: { cluster: string; where: string }) => `${cluster}/${where}`;
    fc.assert(
      fc.property(fc.uniqueArray(place, { minLength: 2, selector }), (places) => {
        const names = places.map(({ cluster, where }) => dashboardName({ clusterName: cluster }, where));
        expect(isUnique(names)).toBe(true);
        for (const name of names) expect(name).toMatch(/^[\w-]{1,255}$/);
      }),
    );
  });
});

describe('a prefix', () => {
  const named = { clusterName: 'shop', namePrefix: 'team-a-' };

  test('begins every name', () => {
    expect([
      resourceName('queue', named, 'alerts'),
      roleName(named, 'eu-west-1', 'notifier'),
      alarmName(named, 'api', 'stopped'),
      dependencyAlarmName(named, 'db', 'cpu-high'),
      opsAlarmName(named, 'dead-letters'),
      dashboardName(named, 'eu-west-1'),
    ]).toEqual([
      'team-a-ecs-alerts-shop-alerts',
      'team-a-ecs-alerts-shop-eu-west-1-notifier',
      'team-a-ecs/shop/api/stopped',
      'team-a-ecs/shop/dependency:db/cpu-high',
      'team-a-ecs-alerts/shop/dead-letters',
      'team-a-ecs-alerts-shop-eu-west-1',
    ]);
  });

  test('leaves each name below its limit', () => {
    const namePrefix = 'p'.repeat(16);
    const longest = { clusterName: 'c'.repeat(255), namePrefix };
    const whole = new RegExp(`^${namePrefix}ecs-alerts-`);

    for (const [type, suffix, max] of RESOURCES) {
      expect(resourceName(type, longest, suffix).length).toBeLessThanOrEqual(max);
      // The policies of roles know no other beginning.
      expect(resourceName(type, longest, suffix)).toMatch(whole);
    }
    for (const region of REGIONS) {
      expect(roleName(longest, region, 'notifier').length).toBeLessThanOrEqual(64);
      expect(roleName(longest, region, 'notifier')).toMatch(whole);
    }
    expect(alarmName(longest, 's'.repeat(255), 'stopped').length).toBeLessThanOrEqual(255);
  });

  test('that differs in case only makes another role', () => {
    const roles = ['team-', 'Team-'].map((namePrefix) => roleName({ ...named, namePrefix }, 'eu-west-1', 'notifier'));

    expect(isUnique(roles.map((role) => role.toLowerCase()))).toBe(true);
  });
});
