import { deployed } from './deployed';
import { addServices, liveAWeek, runJobs, serviceNames } from './healthy-cluster';
import { DAY, HOUR } from './place';
import { SEED } from './random';
import { subjectOf } from './timed-slack';
import { writeTranscript } from './transcript';
import { startWorld, type World } from './world';

const START_MS = Date.parse('2026-11-16T00:00:00Z');
const NAMES = serviceNames(30);
const DAYS = Number(process.env['DAYS'] ?? 7);
const LISTED = NAMES.filter((_, index) => index % 2 === 0);

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: SEED,
    startMs: START_MS,
    deployed: deployed({ services: Object.fromEntries(LISTED.map((name) => [name, { maxTasks: 20 }])) }),
    build: (ecs, random) => addServices(ecs, NAMES, random),
  });
  const { clock, ecs, random } = world;
  for (const [index, name] of NAMES.entries()) liveAWeek(ecs.service(name), index % 3 === 0, clock, random);
  runJobs(ecs, ['nightly', 'report', 'cleanup'], clock, random);
  await clock.run(START_MS + DAYS * DAY + 2 * HOUR);
  writeTranscript(world);
  process.stdout.write(`A quiet week (${DAYS} days, seed ${SEED}): ${world.counts()}\n`);
}, 300_000);

afterAll(() => world.close());

test('nothing is sent to the channel beside its threads', () => {
  expect(
    world.slack
      .messages()
      .filter(({ broadcast }) => broadcast)
      .map(({ text }) => text),
  ).toEqual([]);
});

test('nothing is critical', () => {
  const said = world.slack.threads().flatMap(({ versions, replies }) => [...versions, ...replies]);
  expect(said.filter(({ text }) => text.includes('🔴')).map(({ text }) => text)).toEqual([]);
});

test('at most one new thread a service and day', () => {
  const opened = world.slack.threads().map(({ versions, openedAtMs }) => {
    return `${subjectOf(versions[0]?.text ?? '')} on day ${Math.floor((openedAtMs - START_MS) / DAY) + 1}`;
  });
  expect(opened.filter((one, index) => opened.indexOf(one) !== index)).toEqual([]);
});

test('everything is told, and nothing failed', () => {
  expect(world.queue.deadLetters).toEqual([]);
  expect(world.queue.length).toBe(0);
  expect(world.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
