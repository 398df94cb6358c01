/** The same numbers for the same seed: a run that fails can be run again. */
export class Random {
  constructor(private state: number) {}

  /** From 0 to 1. Mulberry32: small, and good enough for a simulation. */
  readonly next = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  chance(of: number): boolean {
    return this.next() < of;
  }

  digits(length: number): string {
    return Array.from({ length }, () => this.whole(1, 9)).join('');
  }

  /** As `randomUUID` would make it. */
  readonly uuid = (): string => {
    const hex = Array.from({ length: 32 }, () => this.whole(0, 15).toString(16)).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
}

/** `SEED=7 npm run simulate` runs another week. */
export const SEED = Number(process.env['SEED'] ?? 20261118);
