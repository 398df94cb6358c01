import { chaosOf } from './chaos-of';

const [SEEDS = '2'] = [process.env['CHAOS_LATE_SEEDS']];
for (const seed of SEEDS.split(',')) chaosOf(Number(seed), { late: true });
