import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import { Construct } from 'constructs';
import {
  CLUSTER_SETTINGS,
  type ClusterSettings,
  SERVICE_SETTINGS_PREFIX,
  SETTINGS_KEY,
  type ServiceSettings,
} from '../functions/settings';
import { resourceName } from './names';

/** The cluster's table: threads, what was told, and the settings. */
export class Table extends Construct {
  readonly table: DynamodbTable;

  constructor(scope: Construct, id: string, props: { clusterName: string; pointInTimeRecovery: boolean }) {
    super(scope, id);
    this.table = new DynamodbTable(this, 'table', {
      name: resourceName('table', props.clusterName, 'threads'),
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'pk',
      rangeKey: 'sk',
      attribute: [
        { name: 'pk', type: 'S' },
        { name: 'sk', type: 'S' },
      ],
      ttl: { attributeName: 'expiresAt', enabled: true },
      pointInTimeRecovery: { enabled: props.pointInTimeRecovery },
    });
  }
}

/** The settings as items: one for the cluster, one a service, so that a change of one shows as one. */
export class Settings extends Construct {
  constructor(
    scope: Construct,
    id: string,
    table: DynamodbTable,
    settings: { readonly cluster: ClusterSettings; readonly services: readonly ServiceSettings[] },
  ) {
    super(scope, id);
    item(this, 'cluster', table, CLUSTER_SETTINGS, settings.cluster);
    const services = new Construct(this, 'services');
    for (const one of settings.services) {
      item(services, one.service, table, `${SERVICE_SETTINGS_PREFIX}${one.service}`, one);
    }
  }
}

function item(scope: Construct, id: string, table: DynamodbTable, key: string, settings: object): void {
  new DynamodbTableItem(scope, id, {
    tableName: table.name,
    hashKey: table.hashKey,
    rangeKey: table.rangeKey,
    item: JSON.stringify({ pk: { S: SETTINGS_KEY }, sk: { S: key }, settings: { S: JSON.stringify(settings) } }),
  });
}
