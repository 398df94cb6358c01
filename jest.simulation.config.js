/**
 * The slow ring without tools: days of a cluster, storms and chaos on a virtual clock. `SEED=7 npm run simulate` runs another
 * week. What takes real time is in `npm run verify:long`.
 */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/__tests__/{simulation,under-fire}/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // All cores: Jest would leave one for itself.
  maxWorkers: '100%',
  // In CI they run beside the end-to-end tests, which go first.
  testTimeout: 900_000,
};
