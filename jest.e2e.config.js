/** The slow ring: real Terraform, the AWS emulator, the Slack emulator. Needs Terraform and Python. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/__tests__/e2e/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // They mostly wait for Terraform's fixed waits: two of them side by side take as long as the longest one alone.
  maxWorkers: 2,
  testSequencer: '<rootDir>/__tests__/e2e/longest-first.js',
  globalSetup: '<rootDir>/__tests__/e2e/install.ts',
  testTimeout: 600_000,
};
