import { TerraformResource, type TerraformStack } from 'cdktf';
import { makeUniqueId } from 'cdktf/lib/private/unique';
import type { Construct } from 'constructs';

/**
 * The first version made clusters at the top of the stack. What Terraform's state has there goes on here: else the table with
 * the open incidents would be destroyed, and of alarms that keep their names the new ones would be deleted with the old.
 */
export function moveFromTop(stack: TerraformStack, clusters: Construct): void {
  const moved = clusters.node
    .findAll()
    .filter(TerraformResource.isTerraformResource)
    .map((resource) => {
      const { terraformResourceType: type, friendlyUniqueId, node } = resource;
      const path = node.scopes.slice(clusters.node.scopes.length).map((scope) => scope.node.id);
      return { from: `${type}.${makeUniqueId(path)}`, to: `${type}.${friendlyUniqueId}` };
    });
  stack.addOverride('moved', moved);
}
