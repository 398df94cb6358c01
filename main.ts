import { App } from 'cdktf';
import { EcsAlertsStack } from './constructs';

/** One stack for each account and region of `alerts.config.ts`. */
function main(): void {
  // Not an import: its mistakes are told below, without a picture of where in our code they were noticed.
  const { default: config } = require('./alerts.config') as typeof import('./alerts.config');
  const app = new App();
  EcsAlertsStack.forAll(app, config);
  app.synth();
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}
