import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { dependable } from 'cdktf';
import { Construct } from 'constructs';
import {
  CLUSTER_SETTINGS,
  type ClusterSettings,
  DEPENDENCY_SETTINGS_PREFIX,
  type DependencySettings,
  SERVICE_SETTINGS_PREFIX,
  SETTINGS_KEY,
  type ServiceSettings,
} from '../functions/settings';
import { type Named, resourceName } from './names';

const HASH_KEY = 'pk';
const RANGE_KEY = 'sk';

/** The cluster's table: threads, what was told, and the settings. */
export class Table extends Construct {
  readonly table: DynamodbTable;

  constructor(
    scope: Construct,
    id: string,
    props: Named & { readonly pointInTimeRecovery: boolean; readonly kmsKeyArn: string | undefined },
  ) {
    super(scope, id);
    this.table = new DynamodbTable(this, 'table', {
      name: resourceName('table', props, 'threads'),
      billingMode: 'PAY_PER_REQUEST',
      hashKey: HASH_KEY,
      rangeKey: RANGE_KEY,
      attribute: [
        { name: HASH_KEY, type: 'S' },
        { name: RANGE_KEY, type: 'S' },
      ],
      ttl: { attributeName: 'expiresAt', enabled: true },
      pointInTimeRecovery: { enabled: props.pointInTimeRecovery },
      ...(props.kmsKeyArn === undefined ? {} : { serverSideEncryption: { enabled: true, kmsKeyArn: props.kmsKeyArn } }),
    });
  }
}

/** Where the settings are written, and which. */
export interface SettingsProps {
  readonly table: DynamodbTable;
  readonly cluster: ClusterSettings;
  readonly services: readonly ServiceSettings[];
  readonly dependencies: readonly DependencySettings[];
}

/** The settings as items: one for the cluster, one a service and dependency, so that a change of one shows as one. */
export class Settings extends Construct {
  readonly cluster: DynamodbTableItem;
  readonly services: ReadonlyMap<string, DynamodbTableItem>;
  readonly dependencies: ReadonlyMap<string, DynamodbTableItem>;

  constructor(scope: Construct, id: string, props: SettingsProps) {
    super(scope, id);
    this.cluster = item(this, 'cluster', props, CLUSTER_SETTINGS, props.cluster);
    const services = new Construct(this, 'services');
    this.services = new Map(
      props.services.map((one) => {
        const key = `${SERVICE_SETTINGS_PREFIX}${one.service}`;
        return [one.service, item(services, one.service, props, key, one)];
      }),
    );
    const dependencies = new Construct(this, 'dependencies');
    this.dependencies = new Map(
      props.dependencies.map((one) => {
        const key = `${DEPENDENCY_SETTINGS_PREFIX}${one.dependency}`;
        return [one.dependency, item(dependencies, one.dependency, props, key, one)];
      }),
    );
  }

  /** These understand what an older deployment wrote, older ones not what this one writes: they are there first. */
  readBy(functions: readonly LambdaFunction[]): void {
    // Once for all: each takes a stack trace, which is most of what a synth does.
    const dependsOn = functions.map((lambda) => dependable(lambda));
    for (const one of [this.cluster, ...this.services.values(), ...this.dependencies.values()]) {
      one.dependsOn = dependsOn;
    }
  }
}

function item(
  scope: Construct,
  id: string,
  { table }: SettingsProps,
  key: string,
  settings: object,
): DynamodbTableItem {
  return new DynamodbTableItem(scope, id, {
    tableName: table.name,
    hashKey: HASH_KEY,
    rangeKey: RANGE_KEY,
    item: JSON.stringify({
      [HASH_KEY]: { S: SETTINGS_KEY },
      [RANGE_KEY]: { S: key },
      settings: { S: JSON.stringify(settings) },
    }),
  });
}
