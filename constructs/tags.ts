import type { Construct } from 'constructs';

/** What Terraform can tag, whatever its class. */
interface Taggable {
  readonly tagsInput: Readonly<Record<string, string>> | undefined;
  tags: Record<string, string>;
}

/** Gives everything below `scope` these tags; what has one of the same key keeps its own. */
export function tagAll(scope: Construct, tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length === 0) return;
  for (const node of scope.node.findAll()) {
    if (isTaggable(node)) node.tags = { ...tags, ...node.tagsInput };
  }
}

function isTaggable(node: object): node is Taggable {
  return 'tagsInput' in node;
}
