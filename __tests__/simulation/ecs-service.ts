import type { DeploymentReading, Reading } from '../../functions/level/reading';
import type { Clock } from './clock';
import { exited, type Fate, isRunning, isWanted, neverStarted, RUNS, SPOT, scaling, type Task } from './ecs-task';
import { deploymentChanged, type StopCause, scaledToMax, serviceAction, taskStopped } from './events';
import { HOUR, MINUTE } from './place';
import type { Random } from './random';

export interface ServiceOptions {
  readonly desired: number;
  /** Percent of the desired tasks that a deployment leaves running, and that it may have in all. */
  readonly least?: number;
  readonly most?: number;
  /** The deployment circuit breaker is on, with rollback. */
  readonly circuitBreaker?: boolean;
  readonly spot?: boolean;
  readonly maxTasks?: number;
  /** Seconds until a task runs, at least and at most. */
  readonly startSeconds?: readonly [number, number];
}

type Deployment = Omit<DeploymentReading, 'primary' | 'state'> & {
  state: 'in-progress' | 'completed' | 'failed';
  failedTasks: number;
};

/** What was to be seen of a service, and when: what a test compares the messages with. */
export interface Moment {
  readonly atMs: number;
  readonly what: 'tasks' | 'crashed' | 'steady' | 'impaired' | 'unplaced' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly running: number;
  readonly desired: number;
}

export interface ServiceWorld {
  readonly clock: Clock;
  readonly random: Random;
  /** On its way to the rules of EventBridge. */
  readonly emit: (body: string) => void;
}

/** A deployment is through when its tasks have run for a moment. */
const SETTLED_MS = 20_000;
const START_SECONDS = [20, 60] as const;
const STEADY_EVERY_MS = 6 * HOUR;
/**
 * Tasks that never get to run are started again after longer and longer pauses, and ECS says so. Those that run and
 * then exit are not.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
 */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 27 * MINUTE;
const IMPAIRED_AFTER = 4;
const PLACEMENT_EVENT_EVERY_MS = 5 * MINUTE;
/** Up for so long, a task is no failed start. */
const UP_MS = 5 * MINUTE;

/** A service of ECS with rolling deployments: starts, replaces and stops its tasks, and tells EventBridge. */
export class SimulatedService {
  tasks: Task[] = [];
  /** Newest first; the first is the primary one. */
  deployments: Deployment[] = [];
  desired: number;
  /** Percent of what it reserves; what its tasks report each minute. */
  cpu = 35;
  memory = 50;
  /** What becomes of tasks of a revision. */
  fateOf: (revision: string) => Fate = () => RUNS;
  /** No capacity to be had: nothing is started. */
  unplaceable = false;
  readonly history: Moment[] = [];
  private revision = 41;
  private failures = 0;
  private startsFromMs = 0;
  private steady = false;
  private reconciling = false;
  private placementToldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly name: string,
    private readonly options: ServiceOptions,
    private readonly world: ServiceWorld,
  ) {
    this.desired = options.desired;
    const { clock, random } = world;
    this.deployments = [this.deploymentOf(`${name}:${this.revision}`, clock.ms() - 7 * 24 * HOUR, 'completed')];
    this.tasks = Array.from({ length: this.desired }, () => ({
      ...this.newTask(),
      state: 'running',
      startedAtMs: clock.ms() - HOUR,
    }));
    this.steady = true;
    clock.every(STEADY_EVERY_MS, clock.ms() + random.between(0, STEADY_EVERY_MS), () => this.sayIfSteady());
  }

  reading(): Reading {
    return {
      atMs: this.world.clock.ms(),
      desired: this.desired,
      running: this.running,
      deployments: this.deployments.map((deployment, index) => ({
        ...deployment,
        primary: index === 0,
      })),
    };
  }

  get running(): number {
    return this.tasks.filter(isRunning).length;
  }

  get primary(): Deployment {
    const [primary] = this.deployments;
    if (primary === undefined) throw new Error(`${this.name} has no deployment`);
    return primary;
  }

  /** Of the newest deployment, what `ListServiceDeployments` says. */
  rolledBack = false;

  /** A new revision. Returns its name. */
  deploy(fate: Fate = RUNS): string {
    this.revision += 1;
    const revision = `${this.name}:${this.revision}`;
    const before = this.fateOf;
    this.fateOf = (one) => (one === revision ? fate : before(one));
    this.deployments = [this.deploymentOf(revision, this.world.clock.ms(), 'in-progress'), ...this.deployments];
    const { id } = this.primary;
    this.rolledBack = false;
    this.failures = 0;
    this.startsFromMs = 0;
    this.steady = false;
    this.sayDeployment(id, 'IN_PROGRESS', `ECS deployment ${id} in progress.`);
    this.wake();
    return revision;
  }

  /** What Application Auto Scaling does. */
  scale(to: number): void {
    const from = this.desired;
    if (to === from) return;
    this.desired = to;
    this.steady = false;
    this.note('tasks');
    if (to === this.options.maxTasks && to > from) {
      this.world.clock.in(30_000, () => this.say((event, atMs) => scaledToMax(event, this.name, from, to, atMs)));
    }
    this.wake();
  }

  /** Everything that runs now ends by itself. */
  crash(exitCode: number, reason?: string): void {
    for (const task of this.tasks.filter(isRunning)) this.stop(task, exited(exitCode, reason));
  }

  /** One task is taken back by Spot: two minutes of notice, a replacement at once. */
  interrupt(): void {
    const task = this.tasks.find(({ state }) => state === 'running');
    if (task === undefined) return;
    task.state = 'leaving';
    this.world.clock.in(2 * MINUTE, () => {
      if (isRunning(task)) this.stop(task, SPOT);
    });
    this.wake();
  }

  /** What hung gets to run after all. */
  unhang(): void {
    this.fateOf = () => RUNS;
    for (const task of this.tasks.filter(({ state }) => state === 'pending')) {
      Object.assign(task, { fate: RUNS });
      this.started(task);
    }
  }

  /** Something of the scenario changed. */
  wake(): void {
    if (this.reconciling) return;
    this.reconciling = true;
    this.world.clock.in(this.world.random.between(2000, 8000), () => {
      this.reconciling = false;
      this.reconcile();
    });
  }

  private reconcile(): void {
    const { primary, desired } = this;
    const wanted = this.tasks.filter(isWanted);
    const own = wanted.filter(({ deploymentId }) => deploymentId === primary.id);
    const old = wanted.filter(({ deploymentId }) => deploymentId !== primary.id);
    const { least = 100, most = 200 } = this.options;
    const room = old.length === 0 ? desired : Math.max(desired, Math.floor((desired * most) / 100));
    this.start(Math.min(desired - own.length, room - wanted.length));

    for (const task of own.slice(desired)) this.stop(task, scaling(primary.id));
    let healthy = wanted.filter(({ state }) => state === 'running').length - Math.max(0, own.length - desired);
    const floor = Math.ceil((desired * least) / 100);
    for (const task of old) {
      if (task.state === 'running' && healthy - 1 < floor) continue;
      if (task.state === 'running') healthy -= 1;
      // ECS names the deployment that the task belonged to.
      this.stop(task, scaling(task.deploymentId));
    }
    this.completeIfDone();
    this.sayIfSettled();
  }

  private start(count: number): void {
    const { clock, random } = this.world;
    if (count <= 0 || this.primary.state === 'failed') return;
    if (this.unplaceable) {
      if (clock.ms() - this.placementToldAtMs >= PLACEMENT_EVENT_EVERY_MS) {
        this.placementToldAtMs = clock.ms();
        this.sayAction('unplaced');
      }
      clock.in(30_000, () => this.wake());
      return;
    }
    if (clock.ms() < this.startsFromMs) {
      clock.at(this.startsFromMs, () => this.wake());
      return;
    }
    for (let nth = 0; nth < count; nth++) {
      const task = this.newTask();
      this.tasks.push(task);
      const [least, most] = this.options.startSeconds ?? START_SECONDS;
      clock.in(random.between(least, most) * 1000, () => this.started(task));
    }
  }

  private started(task: Task): void {
    const { clock } = this.world;
    const { fate } = task;
    if (task.state !== 'pending' || fate.kind === 'hangs') return;
    if (fate.kind === 'never-starts') {
      this.stop(task, neverStarted(fate.reason));
      return;
    }
    task.state = 'running';
    task.startedAtMs = clock.ms();
    this.note('tasks');
    if (fate.kind === 'exits') {
      clock.in(fate.afterMs, () => {
        if (isRunning(task)) this.stop(task, exited(fate.exitCode, fate.reason));
      });
    }
    this.wake();
  }

  private stop(task: Task, cause: StopCause): void {
    if (task.state === 'stopping' || task.state === 'stopped') return;
    const { clock, random } = this.world;
    task.state = 'stopping';
    this.steady = false;
    this.note('tasks');
    const failed = cause.stopCode === 'EssentialContainerExited' || cause.stopCode === 'TaskFailedToStart';
    clock.in(random.between(10_000, 25_000), () => {
      task.state = 'stopped';
      this.tasks = this.tasks.filter((one) => one !== task);
      this.say((event, atMs) => taskStopped(event, task, cause, atMs));
      if (failed) this.failed(task);
      this.wake();
    });
    this.wake();
  }

  private failed(task: Task): void {
    const { clock } = this.world;
    this.note('crashed');
    const { primary } = this;
    const wasUp = task.startedAtMs !== undefined && clock.ms() - task.startedAtMs >= UP_MS;
    if (task.deploymentId === primary.id && !wasUp) primary.failedTasks += 1;
    if (task.startedAtMs === undefined) {
      this.failures += 1;
      const rounds = Math.floor(this.failures / Math.max(1, this.desired));
      this.startsFromMs = clock.ms() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** rounds);
      if (this.failures === IMPAIRED_AFTER) this.sayAction('impaired');
    } else this.failures = 0;
    const breaks = Math.min(200, Math.max(3, Math.ceil(this.desired / 2)));
    if (this.options.circuitBreaker && primary.state === 'in-progress' && primary.failedTasks >= breaks) this.break();
  }

  /** The circuit breaker: the deployment has failed, the one before comes back under its own ID. */
  private break(): void {
    const failed = this.primary;
    failed.state = 'failed';
    this.rolledBack = true;
    this.sayDeployment(failed.id, 'FAILED', 'ECS deployment circuit breaker: task failed to start.');
    const [good] = this.deployments.filter(({ state }) => state === 'completed');
    if (good === undefined) return;
    good.state = 'in-progress';
    this.failures = 0;
    this.startsFromMs = 0;
    this.deployments = [good, ...this.deployments.filter((one) => one !== good)];
    const rolling = `ECS deployment circuit breaker: rolling back to deploymentId ${good.id}.`;
    this.world.clock.in(1000, () => this.sayDeployment(good.id, 'IN_PROGRESS', rolling));
    this.wake();
  }

  private completeIfDone(): void {
    const { primary } = this;
    const { clock, random } = this.world;
    if (primary.state !== 'in-progress' || !this.isDone(0)) return;
    clock.in(SETTLED_MS + random.between(1000, 15_000), () => {
      if (this.primary !== primary || primary.state !== 'in-progress') return;
      if (!this.isDone(SETTLED_MS)) return this.wake();
      primary.state = 'completed';
      primary.failedTasks = 0;
      this.deployments = [primary];
      this.sayDeployment(primary.id, 'COMPLETED', `ECS deployment ${primary.id} completed.`);
      this.sayIfSettled();
    });
  }

  /** Its tasks run, each for so long, and no other does. */
  private isDone(sinceMs: number): boolean {
    const { id } = this.primary;
    const untilMs = this.world.clock.ms() - sinceMs;
    const own = this.tasks.filter(
      ({ deploymentId, state, startedAtMs = 0 }) =>
        deploymentId === id && state === 'running' && startedAtMs <= untilMs,
    );
    return own.length >= this.desired && !this.tasks.some((task) => task.deploymentId !== id && isRunning(task));
  }

  private sayIfSettled(): void {
    const isSettled = this.primary.state === 'completed' && this.tasks.filter(isWanted).length === this.desired;
    if (this.steady || !isSettled || this.running !== this.desired) return;
    this.steady = true;
    this.sayIfSteady();
  }

  private sayIfSteady(): void {
    if (this.steady) this.sayAction('steady');
  }

  /** ECS says so of a service whose tasks do not get to run, also when none of them has stopped. */
  sayAction(what: 'steady' | 'impaired' | 'unplaced'): void {
    this.note(what);
    this.say((event, atMs) => serviceAction(event, this.name, what, atMs));
  }

  private sayDeployment(id: string, name: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED', reason: string): void {
    this.note(name);
    this.say((event, atMs) => deploymentChanged(event, this.name, { id, name, reason }, atMs));
  }

  private note(what: Moment['what']): void {
    const { running, desired } = this;
    this.history.push({ atMs: this.world.clock.ms(), what, running, desired });
  }

  private say(body: (eventId: string, atMs: number) => string): void {
    this.world.emit(body(this.world.random.uuid(), this.world.clock.ms()));
  }

  private newTask(): Task {
    const { clock, random } = this.world;
    const { id, revision } = this.primary;
    return {
      id: random.uuid().replaceAll('-', ''),
      group: `service:${this.name}`,
      revision,
      startedBy: id,
      spot: this.options.spot ?? false,
      createdAtMs: clock.ms(),
      deploymentId: id,
      fate: this.fateOf(revision),
      state: 'pending',
    };
  }

  private deploymentOf(revision: string, createdAtMs: number, state: Deployment['state']): Deployment {
    return { id: `ecs-svc/${this.world.random.digits(19)}`, revision, createdAtMs, state, failedTasks: 0 };
  }
}
