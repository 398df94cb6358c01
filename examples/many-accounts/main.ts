import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import { EcsAlertsStack } from 'cdktf-ecs-alerts';
import { parse } from 'yaml';

const app = new App();
EcsAlertsStack.forAll(app, parse(readFileSync(join(__dirname, 'inventory.yaml'), 'utf8')));
app.synth();
