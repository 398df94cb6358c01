import { App } from 'cdktf';
import { EcsAlertsStack } from '../../constructs';
import { EVERY_OPTION } from '../support/every-option';

/** Every option there is; of the provider's version what the environment says, be it nothing. */
const { awsProviderVersion: _usual, ...options } = EVERY_OPTION;
const { AWS_PROVIDER_VERSION: awsProviderVersion } = process.env;

const app = new App();
EcsAlertsStack.forAll(app, { ...options, ...(awsProviderVersion === undefined ? {} : { awsProviderVersion }) });
app.synth();
