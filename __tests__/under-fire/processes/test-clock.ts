/** Real time, and ahead of it by what was not worth waiting for. */
export class TestClock {
  aheadMs = 0;

  readonly now = (): number => Date.now() + this.aheadMs;

  skip(ms: number): void {
    this.aheadMs += ms;
  }

  skipUntil(atMs: number): void {
    this.aheadMs += Math.max(0, atMs - this.now());
  }
}
