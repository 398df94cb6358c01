import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

/** Identities of the alerts that the function says it does not tell, and has not told later: an OK without an alarm. */
export async function untold(
  log: string,
  { db, table }: { readonly db: DynamoDBDocumentClient; readonly table: string },
): Promise<readonly string[]> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName: table }));
  const told = new Set(Items.map(({ identity }) => identity));
  const entries = log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Entry] : []));
  const said = entries.filter(({ rule }) => rule === 'OK without a condition').map(({ identity = '' }) => identity);
  return [...new Set(said)].filter((identity) => !told.has(identity));
}

interface Entry {
  readonly rule?: string;
  readonly identity?: string;
}
