import type { Reason } from './stop-reasons';

/**
 * What keeps a task from starting: its secrets, its image, its logs, its containers. Fargate cuts long messages, so that
 * every kind ends with a row for when the detail is gone.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */

const NO_ROUTE =
  /connection issue between|i\/o timeout|deadline exceeded|request cancell?ed|RequestCanceled|context cancell?ed|no such host|network is unreachable|connection refused|signal: killed|Check your (?:task )?network configuration|nil pointer dereference/i;
const DENIED = /AccessDenied|not authorized to perform|Forbidden|unauthorized|no basic auth credentials/i;

const SECRET = /from asm|secrets ?manager/i;
const PARAMETER = /from ssm|Systems Manager|Parameter Store|ssm:GetParameters|ssm parameters/i;
/** Not the words `unable to pull secrets or registry auth`, which every message of the kind begins with. */
const REGISTRY_AUTH = /pull registry auth from|ecr registry auth|ecr:GetAuthorizationToken/i;
const IMAGE = /CannotPull\w*Error|pull image manifest|error pulling image/i;
const LOGS = /logger args|logging driver|log driver|log stream|logs:Create/i;
const ENVIRONMENT = /env(?:ironment)? files?/i;
const START =
  /CannotStartContainer|CannotCreateContainer|ContainerRuntimeError|OCI runtime|starting container process/i;

const OPEN_HTTPS = 'give its subnet a route there (NAT gateway, VPC endpoint or public IP), and allow HTTPS out';

const SECRETS: readonly Reason[] = [
  {
    text: [/did not contain json key/i],
    what: '{secret|a secret} has no key {key|of that name}',
    next: 'add the key to the secret, or correct it in {revision|the task definition}',
    cause: true,
  },
  {
    text: [SECRET, /looking for beginning of value/i],
    what: '{secret|a secret} is not JSON, but the task definition asks for a key in it',
    next: 'make the secret JSON, or take the key out of {revision|the task definition}',
    cause: '{secret|a secret} is not JSON',
  },
  {
    text: [SECRET, /specified secret value for/i],
    what: '{secret|a secret} has no value of the version that is asked for',
    next: 'give it a value, or correct the version in {revision|the task definition}',
    cause: '{secret|a secret} has no value of that version',
  },
  {
    text: [SECRET, /ResourceNotFoundException|can.t find the specified secret|Check that the secret ARN is correct/i],
    what: '{secret|a secret} does not exist',
    next: 'create the secret, or correct its name in {revision|the task definition}',
    cause: true,
  },
  {
    text: [/from asm|from ssm|secrets manager|parameter/i, /Access to KMS is not allowed|kms:Decrypt/i],
    what: '{role|the execution role} may not decrypt {secret|a secret or parameter}',
    next: 'allow `kms:Decrypt` with its key to {role|the execution role}',
    cause: '{secret|a secret or parameter} may not be decrypted',
  },
  {
    text: [SECRET, DENIED],
    what: '{role|the execution role} may not read {secret|a secret}',
    next: 'allow {action|secretsmanager:GetSecretValue} to {role|the execution role}',
    cause: true,
  },
  {
    text: [SECRET, NO_ROUTE],
    what: 'the task cannot reach Secrets Manager to read {secret|a secret}',
    next: OPEN_HTTPS,
    cause: 'no route to Secrets Manager',
  },
  {
    text: [SECRET, /unable to pull secrets|fetch(?:ing)? secret|retrieve (?:the )?secret/i],
    what: '{secret|a secret} cannot be read: {text}',
    next: 'check that the secret exists and that the execution role may read it',
  },
  {
    text: [/invalid (?:ssm )?parameters:/i],
    what: '{parameter|a parameter} does not exist',
    next: 'add the parameter, or correct its name in {revision|the task definition}',
    cause: true,
  },
  {
    text: [PARAMETER, DENIED],
    what: '{role|the execution role} may not read {parameter|a parameter}',
    next: 'allow {action|ssm:GetParameters} to {role|the execution role}',
    cause: true,
  },
  {
    text: [PARAMETER, NO_ROUTE],
    what: 'the task cannot reach Parameter Store to read {parameter|a parameter}',
    next: OPEN_HTTPS,
    cause: 'no route to Parameter Store',
  },
  {
    text: [PARAMETER, /unable to pull secrets|retrieve secrets/i],
    what: '{parameter|a parameter} cannot be read: {text}',
    next: 'check that the parameter exists and that the execution role may read it',
  },
];

const IMAGES: readonly Reason[] = [
  {
    text: [REGISTRY_AUTH, DENIED],
    what: '{role|the execution role} may not log in to ECR',
    next: 'allow {action|ecr:GetAuthorizationToken} to {role|the execution role}',
    cause: true,
  },
  {
    text: [REGISTRY_AUTH, NO_ROUTE],
    what: 'the task cannot reach ECR',
    next: OPEN_HTTPS,
    cause: 'no route to ECR',
  },
  {
    text: [IMAGE, /toomanyrequests|too many requests|pull rate limit/i],
    what: 'the registry refuses {image|the image} for now: too many pulls',
    next: 'pull it with a login or from ECR; until then only waiting helps',
    cause: 'rate limit of the image registry',
  },
  {
    text: [/no space left on device|Thin Pool has/i],
    what: 'the disk under the task is full',
    next: 'free space on the EC2 instance, or on Fargate raise the ephemeral storage',
    cause: true,
  },
  {
    text: [IMAGE, /descriptor (?:matching|for) platform|no matching manifest|no match for platform/i],
    what: '{image|the image} is not built for the {platform|CPU architecture} of the task',
    next: 'build the image for it, or change `runtimePlatform` in {revision|the task definition}',
    cause: '{image|the image} is not built for the {platform|CPU architecture}',
  },
  {
    text: [IMAGE, /is not authorized to perform|403 Forbidden|401 Unauthorized|incorrect username|no basic auth/i],
    what: 'the task may not pull {image|its image}',
    next: 'allow the pull to {role|the execution role}, and check the policy of the repository',
    cause: '{image|the image} may not be pulled',
  },
  {
    text: [IMAGE, /pull access denied|no pull access|Check (?:if image exists|that the role has)/i],
    what: 'the repository of {image|the image} does not exist, or the task may not pull from it',
    next: 'check the name of the image in {revision|the task definition}, then the pull permission of its role',
    cause: '{image|the image} does not exist or may not be pulled',
  },
  {
    text: [IMAGE, NO_ROUTE],
    what: 'the task cannot reach the registry of {image|its image}',
    next: `${OPEN_HTTPS}; layers of ECR come from S3`,
    cause: 'no route to the image registry',
  },
  {
    text: [IMAGE, /repository \S* ?not found|name unknown|RepositoryNotFound/i],
    what: 'the repository of {image|the image} does not exist',
    next: 'create the repository, or correct the image in {revision|the task definition}',
    cause: true,
  },
  {
    text: [IMAGE, /not found|manifest unknown/i],
    what: '{image|the image} is not in its registry',
    next: 'push that tag, or set one that is there in {revision|the task definition}',
    cause: true,
  },
  {
    text: [IMAGE],
    what: '{image|the image} cannot be pulled: {text}',
    next: 'check that the tag exists, then permissions of the execution role and the route to the registry',
  },
];

const LOGGING: readonly Reason[] = [
  {
    // AWS says `cannot find the log group` too when it only could not ask.
    text: [LOGS, NO_ROUTE],
    what: 'the task cannot reach CloudWatch Logs',
    next: OPEN_HTTPS,
    cause: 'no route to CloudWatch Logs',
  },
  {
    text: [LOGS, DENIED],
    what: '{role|the execution role} may not write to {group|the log group}',
    next: 'allow {action|logs:CreateLogStream} to {role|the execution role}',
    cause: true,
  },
  {
    text: [LOGS, /log group does not exist|ResourceNotFoundException/i],
    what: 'the log group of {container|a container} does not exist',
    next: 'create the log group, or correct `awslogs-group` in {revision|the task definition}',
    cause: true,
  },
  {
    text: [/logger args|initialize logging driver/i],
    what: 'the log driver cannot be set up: {text}',
    next: 'check the log configuration in {revision|the task definition}',
  },
];

const ENVIRONMENT_FILES: readonly Reason[] = [
  {
    text: [ENVIRONMENT, NO_ROUTE],
    what: 'the task cannot reach S3 to read {file|an environment file}',
    next: OPEN_HTTPS,
    cause: 'no route to S3',
  },
  {
    text: [ENVIRONMENT, /NoSuchKey|NoSuchBucket|StatusCode: 404|not found/i],
    what: '{file|an environment file} is not in S3',
    next: 'upload it, or correct its ARN in {revision|the task definition}',
    cause: true,
  },
  {
    // Without `s3:ListBucket` a file that is not there is 403 too.
    text: [ENVIRONMENT, DENIED],
    what: '{file|an environment file} is not in S3, or the execution role may not read it',
    next: 'check that the file exists, then allow `s3:GetObject` and `s3:GetBucketLocation` to the execution role',
    cause: '{file|an environment file} cannot be read',
  },
  {
    text: [/download env(?:ironment)? files/i],
    what: '{file|an environment file} cannot be read: {text}',
    next: 'check that the file exists and that the execution role may read it',
  },
];

const CONTAINERS: readonly Reason[] = [
  {
    text: [/ordering dependency/i, /has timed out/i],
    what: '{dependency|a container that others depend on} was not ready within its start timeout',
    next: 'read the log of that container, or raise its `startTimeout` in {revision|the task definition}',
  },
  {
    text: [/ordering dependency/i],
    what: '{dependency|a container that others depend on} failed, and {container|a container} waits for it',
    next: 'read the log of the container that failed first',
  },
  {
    text: [/exec format error/i],
    what: '{container|the container} is built for another CPU architecture, or is a script without `#!`',
    next: 'build the image for the architecture of the task, or set `runtimePlatform` in {revision|the task definition}',
  },
  {
    text: [/port is already allocated|address already in use/i],
    what: '{port|a port} of the EC2 instance is already taken',
    next: 'use a dynamic host port, or more instances than tasks',
    cause: true,
  },
  {
    text: [START, /error mounting|invalid mount|mount config|bind source path|while mounting|onto a file/i],
    what: 'a volume of {container|the container} cannot be mounted: {text}',
    next: 'check mount points and volumes in {revision|the task definition}',
  },
  {
    text: [START, /\bexec\b/i, /executable file not found|no such file or directory/i],
    what: 'the command {command|of the container} is not in the image',
    next: 'correct command and entry point in {revision|the task definition}, or add the file to the image',
    cause: true,
  },
  {
    text: [START, /\bexec\b/i, /permission denied/i],
    what: 'the command {command|of the container} may not be executed',
    next: 'make the file executable in the image, or correct the entry point in {revision|the task definition}',
    cause: true,
  },
  {
    text: [/ContainerRuntimeTimeout|DockerTimeout|Could not transition to/i],
    what: 'the container runtime did not answer in time: {text}',
    next: 'wait for the next try; if it goes on, replace the EC2 instance or look at its disk and CPU',
  },
  {
    text: [/CannotCreateContainer/i],
    what: '{container|the container} could not be created: {text}',
    next: 'check its settings in {revision|the task definition}',
  },
  {
    text: [/CannotStartContainer|ContainerRuntimeError|OCI runtime/i],
    what: '{container|the container} could not be started: {text}',
    next: 'check command, user and memory of the container in {revision|the task definition}',
  },
  {
    text: [/Cannot(?:Inspect|Stop|Describe)Container/i],
    what: 'the container runtime has a problem with {container|the container}: {text}',
    next: 'wait for the next try; if it goes on, replace the EC2 instance',
  },
];

export const START_REASONS: readonly Reason[] = [
  ...SECRETS,
  ...ENVIRONMENT_FILES,
  ...LOGGING,
  ...IMAGES,
  ...CONTAINERS,
];
