import { overridden } from '../../constructs/overridden';

const QUIET = { percent: 90, policy: 'join' };

test.each([
  ['takes what is said', { minutes: 5 }, { minutes: 6 }, { minutes: 6 }],
  ['keeps what is left open', { minutes: 5 }, { minutes: undefined }, { minutes: 5 }],
  ['lays one field over another', { cpu: QUIET }, { cpu: { percent: 95 } }, { cpu: { ...QUIET, percent: 95 } }],
  ['switches off', { cpu: QUIET }, { cpu: false }, { cpu: false }],
  ['switches on', { cpu: false }, { cpu: true }, { cpu: true }],
  ['switches on with details', { cpu: false }, { cpu: { percent: 95 } }, { cpu: { percent: 95 } }],
  ['switches on with what holds further up', { cpu: QUIET }, { cpu: true }, { cpu: QUIET }],
  ['tells again what is not told', { cpu: { ...QUIET, policy: 'off' } }, { cpu: true }, { cpu: { percent: 90 } }],
  [
    'tells again with options',
    { cpu: { ...QUIET, policy: 'off' } },
    { cpu: { minutes: 5 } },
    { cpu: { percent: 90, minutes: 5 } },
  ],
  ['tells again with no options', { cpu: { policy: 'off' } }, { cpu: {} }, { cpu: {} }],
  ['takes its own policy', { cpu: { policy: 'off' } }, { cpu: { policy: 'off' } }, { cpu: { policy: 'off' } }],
  ['keeps a tag of that name', { tags: { policy: 'off' } }, { tags: { a: 'b' } }, { tags: { policy: 'off', a: 'b' } }],
  ['replaces a list', { broadcast: ['info', 'warning'] }, { broadcast: [] }, { broadcast: [] }],
  ['keeps 0', { remindMinutes: 60 }, { remindMinutes: 0 }, { remindMinutes: 0 }],
])('%s', (_, up, own, both) => {
  expect(overridden(up, own)).toEqual(both);
});

test('changes nothing of what it is given', () => {
  const up = Object.freeze({ cpu: Object.freeze({ percent: 90 }) });

  overridden(up, { cpu: { percent: 95 } });

  expect(up).toEqual({ cpu: { percent: 90 } });
});
