import { chaosOf } from './chaos-of';

/** `CHAOS_SEEDS=1,2,3 npm run simulate -- chaos.test` runs others. */
const [SEEDS = '1'] = [process.env['CHAOS_SEEDS']];
for (const seed of SEEDS.split(',')) chaosOf(Number(seed), { late: false });
