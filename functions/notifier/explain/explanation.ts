/** What an explanation says, in our words. Each part is there or not; what is drawn of it is decided in `render`. */

/** Our own words, and somebody else's in between, which are shown as such. */
export type Phrase = readonly (string | { readonly quote: string })[];

export interface Explanation {
  readonly why?: Why;
  readonly changes?: Changes;
  readonly lines?: LogLines;
  readonly leansOn?: readonly DependencyState[];
  readonly chart?: Chart;
  /** What ECS said of the service lately, newest first. */
  readonly events?: readonly string[];
}

/** What was found out so far. */
export interface LookedUp {
  /** Nothing more is to come. */
  readonly isWhole: boolean;
  /** Nothing was left out that may be had another time. */
  readonly isComplete: boolean;
  readonly explanation: Explanation;
  readonly cause?: Cause;
  /** Of the last lines the one that says most, without secrets, and whose it is. */
  readonly lastLine?: { readonly revision: string; readonly text: string };
}

/** The cause for the parent: in words, or something that the service leans on and that is ill. */
export type Cause = { readonly words: Phrase } | { readonly bottleneck: Pick<DependencyState, 'name' | 'values'> };

/** Why something happened. */
export interface Why {
  readonly what: Phrase;
  /** What to do about it. */
  readonly next?: Phrase;
  /** The cause in one short phrase for the parent, where it is one that a person can act on. */
  readonly cause?: Phrase;
}

/** How the failing revision differs from the last good one. */
export interface Changes {
  /** `api:42` */
  readonly failing: string;
  /** `api:41`; none when there is no other one. */
  readonly good?: string;
  /** How the good one was found. */
  readonly goodBy?: 'deployment' | 'running' | 'number';
  readonly registeredAtMs?: number;
  /** `deploy (GitHubActions)` */
  readonly registeredBy?: string;
  readonly differences: readonly Difference[];
  /** Variables that the log names as missing. */
  readonly missing: readonly MissingVariable[];
}

/** One line of what changed. Never a value of a variable. */
export interface Difference {
  /** Only where there are several. */
  readonly container?: string;
  /** `image`, `env`, `secret`, `CPU`, `memory`, `command`, `health check` … */
  readonly what: string;
  /** `+` or `-` before a name; `from → to` where values may be seen; `changed` where they may not. */
  readonly change: Phrase;
}

export interface MissingVariable {
  readonly name: string;
  /** `api:41`: the revision that still had it. */
  readonly wasIn?: string;
  /** Something that cannot be looked into may set it: an environment file. */
  readonly maybeElsewhere?: true;
  /** The log says that it is about the environment, or the good revision set it; else only its name looks so. */
  readonly isSure?: true;
}

/** The last words of a container, or what matched a pattern. Secrets are masked. */
export interface LogLines {
  readonly of: 'last' | 'matched';
  readonly lines: readonly string[];
  /** Group and stream, for the link. */
  readonly group: string;
  readonly stream?: string;
}

/** What a service leans on, as it is now. */
export interface DependencyState {
  readonly name: string;
  /** `unknown`: its alarms have no data, or there are none. */
  readonly state: 'healthy' | 'unhealthy' | 'unknown';
  readonly values: readonly {
    readonly measure: string;
    readonly unit: string;
    readonly value?: number;
    readonly threshold?: number;
    readonly bad: boolean;
  }[];
}

/** A metric over its last twenty periods, and its limit. */
export interface Chart {
  /** `CPU of api` */
  readonly title: string;
  readonly measure: string;
  readonly unit: string;
  readonly threshold?: number;
  /** Oldest first, a point a minute at most. */
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
}
