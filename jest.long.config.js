/** What takes real time: `npm run verify:long` runs it, with more seeds and mutations of the other rings. */
module.exports = {
  ...require('./jest.simulation.config.js'),
  testMatch: ['<rootDir>/__tests__/under-fire/long/*.test.ts'],
};
