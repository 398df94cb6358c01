/**
 * A process of the notifier: runs the built function on the clock of the test. A sleep takes no time, the clock goes
 * forward instead, also in the test.
 */
const timers = require('node:timers/promises');

const RealDate = Date;
let aheadMs = 0;

globalThis.Date = class TestDate extends RealDate {
  constructor(...of) {
    super(...(of.length === 0 ? [Date.now()] : of));
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

timers.setTimeout = (ms) => {
  aheadMs += ms;
  process.send({ sleptMs: ms });
  return timers.setImmediate();
};

const { handler } = require(process.argv[2]);

process.on('message', async ({ event, clockAheadMs, timeLimitMs }) => {
  aheadMs = clockAheadMs;
  const endsAtMs = Date.now() + timeLimitMs;
  const { batchItemFailures } = await handler(event, { getRemainingTimeInMillis: () => endsAtMs - Date.now() });
  process.send({ givenBack: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) });
});
