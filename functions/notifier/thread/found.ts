import type { Finding } from '../../level/observe';
import type { Alert, Observation } from '../alert';

/** What ECS was found to say, as an alert. */
export function alertOf(finding: Finding, { subject, identity, atMs }: Observation): Alert {
  const common = { subject, identity: `${finding.kind}/${identity}`, atMs };
  switch (finding.kind) {
    case 'scaled':
      return { ...common, kind: 'scaling', from: finding.from, to: finding.to, atMax: finding.atMax };
    case 'at-max':
      return { ...common, kind: 'at-max', max: finding.max };
    case 'scaled-to-zero':
    case 'deleted':
      return { ...common, kind: 'tasks', what: finding.kind, state: 'ALARM', tasks: { running: 0, desired: 0 } };
    case 'stopped':
      return {
        ...common,
        kind: 'tasks',
        what: 'stopped',
        state: 'ALARM',
        tasks: { running: 0, desired: finding.desired },
      };
    case 'under-desired':
    case 'at-desired':
    case 'running-again': {
      const { running, desired } = finding;
      const what = finding.kind === 'running-again' ? 'stopped' : 'under-desired';
      const minutes = finding.kind === 'under-desired' ? { minutes: finding.minutes } : {};
      const state = finding.kind === 'under-desired' ? 'ALARM' : 'OK';
      return { ...common, kind: 'tasks', what, state, tasks: { running, desired }, ...minutes };
    }
    case 'deployment-failed':
    case 'deployment-overdue': {
      const { id, revision, startedAtMs, failedTasks } = finding;
      const phase = finding.kind === 'deployment-failed' ? 'failed' : 'overdue';
      const deployment = { deploymentId: id, revision, startedAtMs, failedTasks };
      return { ...common, kind: 'deployment', phase, reason: '', ...deployment };
    }
    case 'settled': {
      const { running, desired, revision } = finding;
      return {
        ...common,
        kind: 'steady',
        said: false,
        tasks: { running, desired },
        ...(revision === undefined ? {} : { revision }),
      };
    }
  }
}
