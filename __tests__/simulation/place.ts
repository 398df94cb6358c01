/** Where it all plays, as in the tests of the constructs. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const CLUSTER = 'shop';

const ECS = `arn:aws:ecs:${REGION}:${ACCOUNT}`;

export const CLUSTER_ARN = `${ECS}:cluster/${CLUSTER}`;
export const serviceArn = (service: string): string => `${ECS}:service/${CLUSTER}/${service}`;
export const taskArn = (id: string): string => `${ECS}:task/${CLUSTER}/${id}`;
export const taskDefinitionArn = (revision: string): string => `${ECS}:task-definition/${revision}`;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
