import { chaosOf } from './chaos-of';

/** Another one each time; the seed stands in the output, `CHAOS_SEEDS` runs it again. */
chaosOf(Math.floor(Math.random() * 1_000_000), { late: false });
