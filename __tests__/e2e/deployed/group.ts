/** Tests of what was deployed, and what they need before. */
export interface Group {
  readonly name: string;
  /** Before it is deployed. */
  readonly before: () => Promise<void>;
  /** As soon as it is deployed: what takes a minute happens while the others are tested. */
  readonly begin?: () => Promise<void>;
  /** Declares the tests. */
  readonly run: () => void;
}
