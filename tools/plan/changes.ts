/** What happens to a resource. */
export type Action = 'replace' | 'destroy' | 'change' | 'add' | 'import' | 'move' | 'forget';

/** A resource that changes, without its values. */
export interface Change {
  readonly address: string;
  readonly action: Action;
  /** Names of the attributes that differ; of a new one or one that goes none. */
  readonly attributes: readonly string[];
  /** Those for which it has to be made anew. */
  readonly forcedBy: readonly string[];
  readonly movedFrom?: string;
}

/** Of `terraform show -json`: https://developer.hashicorp.com/terraform/internals/json-format#plan-representation */
export interface ShownPlan {
  readonly resource_changes?: readonly ResourceChange[];
}

type Values = Readonly<Record<string, unknown>>;

export interface ResourceChange {
  readonly address: string;
  readonly previous_address?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown?: Values;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    readonly importing?: object;
  };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  create: 'add',
  update: 'change',
  delete: 'destroy',
  'delete,create': 'replace',
  'create,delete': 'replace',
  forget: 'forget',
};

export function changesOf({ resource_changes: all = [] }: ShownPlan): readonly Change[] {
  return all.flatMap((one) => {
    const action = actionOf(one);
    if (action === undefined) return [];
    const { address, previous_address: before, change } = one;
    const forcedBy = new Set((change.replace_paths ?? []).map(([name]) => String(name)));
    return [
      {
        address,
        action,
        attributes: action === 'change' || action === 'replace' ? differing(change) : [],
        forcedBy: [...forcedBy],
        ...(before !== undefined && before !== address && { movedFrom: before }),
      },
    ];
  });
}

/** Of what is only read, and of what stays as and where it is, none. */
function actionOf({ address, previous_address: before, change }: ResourceChange): Action | undefined {
  const action = ACTIONS[change.actions.join()];
  if (action !== undefined) return action;
  if (change.importing !== undefined) return 'import';
  return before !== undefined && before !== address ? 'move' : undefined;
}

function differing({ before, after, after_unknown: unknown = {} }: ResourceChange['change']): readonly string[] {
  const names = new Set([before, after, unknown].flatMap((values) => Object.keys(values ?? {})));
  const differs = (name: string) =>
    JSON.stringify(unknown[name] ?? null).includes('true') ||
    JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]);
  return [...names].filter(differs);
}
