import { App } from 'cdktf';
import config from './alerts.config';
import { EcsAlertsStack } from './constructs';

const app = new App();
EcsAlertsStack.forAll(app, config);
app.synth();
