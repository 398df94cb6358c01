import type { Reason } from './stop-reasons';

/** What comes from below the task: volumes, network, roles, room, and the host itself. */

const EFS = /EFS utils|mount\.nfs4|efs volumes/i;
const RETRY = 'nothing yet: ECS tries again; if it goes on, look at the AWS Health Dashboard';
const REPLACED = 'nothing for a service: ECS starts another task; a standalone task has to be started again';

const VOLUMES: readonly Reason[] = [
  {
    text: [EFS, /access denied|AccessDenied/i],
    what: '{volume|the EFS file system} refuses the mount',
    next: 'allow the task role in the policy of the file system, and check its access point',
    cause: true,
  },
  {
    text: [EFS, /failed to resolve|no such host/i],
    what: '{volume|the EFS file system} cannot be found by DNS',
    next: 'add a mount target in the availability zone of the task, and turn on DNS in the VPC',
    cause: true,
  },
  {
    text: [EFS, /no such file or directory/i],
    what: 'the directory to mount is not on {volume|the EFS file system}',
    next: 'create the directory, or use an access point that creates it',
    cause: true,
  },
  {
    text: [EFS, /timed? ?out|connection reset|mount system call failed/i],
    what: '{volume|the EFS file system} does not answer',
    next: 'allow TCP 2049 from the security group of the task to the mount targets',
  },
  {
    text: [EFS],
    what: '{volume|the EFS file system} cannot be mounted: {text}',
    next: 'check the EFS volume in {revision|the task definition}',
  },
  {
    text: [/assume the configured ECS Infrastructure Role/i],
    what: 'ECS cannot assume the infrastructure {role|role} for the volume',
    next: 'let `ecs.amazonaws.com` assume it, and give it the permissions for volumes',
    cause: 'ECS cannot assume the infrastructure {role|role}',
  },
  {
    text: [/CannotCreateVolume|EBS volume/i],
    what: 'a volume could not be set up: {text}',
    next: 'check the volumes in {revision|the task definition}, and for EBS the key and the file system type',
  },
];

const ROLES: readonly Reason[] = [
  {
    text: [/unable to assume/i],
    what: 'ECS cannot assume {role|a role of the task}',
    next: 'check that the role exists and that `ecs-tasks.amazonaws.com` may assume it',
    cause: true,
  },
];

const NETWORK: readonly Reason[] = [
  {
    text: [/InsufficientFreeAddresses|insufficient free addresses/i],
    what: '{subnet|the subnet} has no free IP address',
    next: 'add a bigger subnet to the service, or free addresses in this one',
    cause: true,
  },
  {
    text: [/network interface provisioning/i],
    what: 'the network interface of the task was not ready in time',
    next: 'nothing yet: ECS tries again; if it goes on, replace the EC2 instance',
  },
  {
    text: [/Unexpected EC2 error|configure ENI|Unable to attach network interface|setup network namespace/i],
    what: 'the network interface of the task could not be made: {text}',
    next: 'check the free addresses of {subnet|the subnet}, and who may create network interfaces',
  },
];

const PLACEMENT: readonly Reason[] = [
  {
    text: [/reached the limit on the number of|above your limit/i],
    what: 'the account is at its limit of Fargate vCPUs or tasks',
    next: 'raise the Fargate quota in Service Quotas, or stop tasks that are not needed',
    cause: 'the account is at its Fargate limit',
  },
  {
    text: [/RESOURCE:FARGATE|Capacity is unavailable at this time/],
    what: 'AWS has no free capacity for the task now',
    next: 'wait, add subnets in other availability zones, or use on-demand beside Spot',
  },
  {
    text: [/RESOURCE:CPU|insufficient CPU/i],
    what: 'no EC2 instance has enough free CPU for the task',
    next: 'add instances to the cluster, or lower the CPU of the task',
    cause: 'not enough CPU in the cluster',
  },
  {
    text: [/RESOURCE:MEMORY|insufficient memory/i],
    what: 'no EC2 instance has enough free memory for the task',
    next: 'add instances to the cluster, or lower the memory of the task',
    cause: 'not enough memory in the cluster',
  },
  {
    text: [/RESOURCE:PORTS|using a port required/i],
    what: 'the host port of the task is taken on every EC2 instance',
    next: 'use a dynamic host port, or more instances than tasks',
    cause: 'the host port is taken on every EC2 instance',
  },
  {
    text: [/RESOURCE:ENI/i],
    what: 'no EC2 instance can take another network interface',
    next: 'add instances, or turn on `awsvpcTrunking`',
    cause: 'no free network interface in the cluster',
  },
  {
    text: [/RESOURCE:GPU/i],
    what: 'no EC2 instance has a free GPU',
    next: 'add instances with GPUs to the cluster',
    cause: 'no free GPU in the cluster',
  },
  {
    text: [/EMPTY CAPACITY PROVIDER/i],
    what: 'the capacity provider has no instance',
    next: 'look at the scaling activity of its Auto Scaling group',
  },
  {
    text: [/^ATTRIBUTE\b|missing (?:an )?attribute|encountered error "ATTRIBUTE"/im],
    what: 'no EC2 instance has an attribute that the task needs',
    next: 'compare the requirements of {revision|the task definition} with the instances: subnet, architecture, log driver',
  },
  {
    // Only in capitals is it the code: the word itself stands in many messages.
    text: [/^AGENT\b|: AGENT\b|"AGENT"|agent (?:is|was|has) (?:currently )?disconnected/m],
    what: 'the ECS agent of the EC2 instance is disconnected',
    next: 'restart the agent on the instance, or replace the instance',
    cause: 'the ECS agent is disconnected',
  },
  {
    text: [/not compatible with the selected compute strategy/i],
    what: '{revision|the task definition} does not fit the launch type or capacity provider',
    next: 'correct `requiresCompatibilities` there, or the capacity provider of the service',
    cause: 'the task definition does not fit the capacity provider',
  },
  {
    text: [/no container instance met all of its requirements/i],
    what: 'no EC2 instance meets what the task needs: {text}',
    next: 'add instances to the cluster, or lower what the task asks for',
  },
];

const HOSTS: readonly Reason[] = [
  {
    text: [/Spot Task was interrupted|Spot interruption/i],
    what: 'AWS took back the Spot capacity',
    next: REPLACED,
  },
  { stopCodes: ['SpotInterruption'], what: 'AWS took back the Spot capacity: {text|no reason given}', next: REPLACED },
  {
    text: [/performing maintenance on the underlying infrastructure|task retirement/i],
    what: 'AWS replaces the host under the task (maintenance)',
    next: REPLACED,
  },
  {
    text: [/Host EC2 \(instance/i],
    what: 'the EC2 instance {instance|under the task} stopped or was terminated',
    next: 'look at the activity of its Auto Scaling group if nobody meant to',
  },
  {
    text: [/deregistration forced/i],
    what: 'the EC2 instance under the task was deregistered by force',
    next: 'ask who did it: CloudTrail has `DeregisterContainerInstance`',
  },
  {
    text: [/in DRAINING state/i],
    what: 'the EC2 instance under the task is being drained',
    next: REPLACED,
  },
  { text: [/\bInternalError\b|Internal error/i], what: 'AWS has an internal error: {text}', next: RETRY },
  {
    stopCodes: ['InfrastructureHealth'],
    what: 'the host under the task is unhealthy: {text|no reason given}',
    next: RETRY,
  },
  {
    stopCodes: ['TerminationNotice'],
    what: 'AWS takes away the host under the task: {text|no reason given}',
    next: REPLACED,
  },
];

export const HOST_REASONS: readonly Reason[] = [...VOLUMES, ...ROLES, ...NETWORK, ...PLACEMENT, ...HOSTS];
