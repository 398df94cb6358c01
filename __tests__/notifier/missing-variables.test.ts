import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import { masked } from '../../functions/notifier/explain/mask';
import { missingVariables } from '../../functions/notifier/explain/missing-variables';

const taskOf = (revision: number, ...containerDefinitions: ContainerDefinition[]): TaskDefinition => ({
  family: 'api',
  revision,
  containerDefinitions,
});
const sets = (...names: string[]) => ({ environment: names.map((name) => ({ name, value: 'x' })) });
const BARE = taskOf(42, { name: 'api', ...sets('LOG_LEVEL') });
const GOOD = taskOf(41, { name: 'api', ...sets('DATABASE_URL', 'PORT', 'APP_SMTP_HOST') });

const namesIn = (text: string, failing = BARE, good?: TaskDefinition) =>
  missingVariables(text.split('\n'), failing, good).map(({ name }) => name);

/** Framework, what it wrote, and what it says is missing. */
const SAID: readonly (readonly [framework: string, text: string, names: readonly string[]])[] = [
  [
    'Python, os.environ',
    `Traceback (most recent call last):
  File "/app/main.py", line 4, in <module>
    PORT = os.environ["PORT"]
  File "<frozen os>", line 685, in __getitem__
KeyError: 'PORT'`,
    ['PORT'],
  ],
  ['Python, KeyError alone', "KeyError: 'DATABASE_URL'", ['DATABASE_URL']],
  [
    'pydantic 2',
    `pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings
API_ID
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.6/v/missing
database_url
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.6/v/missing`,
    ['API_ID', 'DATABASE_URL'],
  ],
  [
    'pydantic 1',
    `pydantic.error_wrappers.ValidationError: 2 validation errors for Settings
auth_key
  field required (type=value_error.missing)
api_key
  field required (type=value_error.missing)`,
    ['AUTH_KEY', 'API_KEY'],
  ],
  [
    'python-decouple',
    'decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.',
    ['SECRET_KEY'],
  ],
  [
    'django-environ',
    'django.core.exceptions.ImproperlyConfigured: Set the DATABASE_URL environment variable',
    ['DATABASE_URL'],
  ],
  ['environs', 'environs.exceptions.EnvError: Environment variable "GITHUB_USER" not set', ['GITHUB_USER']],
  ['Starlette', `KeyError: "Config 'SECRET_KEY' is missing, and has no default."`, ['SECRET_KEY']],
  [
    'OpenAI for Python',
    'openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY environment variable',
    ['OPENAI_API_KEY'],
  ],
  [
    'OpenAI for Node',
    "OpenAIError: The OPENAI_API_KEY environment variable is missing or empty; either provide it, or instantiate the OpenAI client with an apiKey option, like new OpenAI({ apiKey: 'My API Key' }).",
    ['OPENAI_API_KEY'],
  ],
  ['Node, by hand', 'Error: Missing required environment variable: DATABASE_URL', ['DATABASE_URL']],
  [
    'Node, by hand, several',
    'Missing required environment variables: API_KEY, PORT\nPlease check your .env file',
    ['API_KEY', 'PORT'],
  ],
  ['Node, an array', "Missing env vars: [ 'API_KEY', 'DB_HOST' ]", ['API_KEY', 'DB_HOST']],
  ['Node, process.env', 'AssertionError [ERR_ASSERTION]: process.env.API_KEY is not defined', ['API_KEY']],
  ['Node, assert', 'AssertionError: NODE_ENV env variable is required for application to run', ['NODE_ENV']],
  [
    'envalid',
    `================================
 \u001b[33mMissing\u001b[39m environment variables:
    \u001b[34mDATABASE_URL\u001b[39m: undefined
    \u001b[34mPORT\u001b[39m: (required)
================================`,
    ['DATABASE_URL', 'PORT'],
  ],
  ['t3-env', "❌ Invalid environment variables: { HASHING_KEY_SECRET: [ 'Required' ] }", ['HASHING_KEY_SECRET']],
  [
    'create-t3-app',
    '❌ Invalid environment variables:\n DATABASE_URL: Required\n EMAIL: Required',
    ['DATABASE_URL', 'EMAIL'],
  ],
  [
    't3-env with zod 4',
    `❌ Invalid environment variables: [
  {
    expected: 'string',
    code: 'invalid_type',
    path: [ 'DATABASE_URL' ],
    message: 'Invalid input: expected string, received undefined'
  },`,
    ['DATABASE_URL'],
  ],
  [
    'zod 3',
    `error: ZodError: [
    {
      "code": "invalid_type",
      "expected": "string",
      "received": "undefined",
      "path": [
        "DATABASE_URL"
      ],
      "message": "Required"
    }
  ]`,
    ['DATABASE_URL'],
  ],
  ['zod 4, prettified', '✖ Invalid input: expected string, received undefined\n  → at DATABASE_URL', ['DATABASE_URL']],
  [
    'NestJS with Joi',
    'Error: Config validation error: "DATABASE_URL" is required. "PORT" is required',
    ['DATABASE_URL', 'PORT'],
  ],
  [
    'dotenv-safe',
    `MissingEnvVarsError: The following variables were defined in .env.example but are not present in the environment:
  DATABASE_URL, API_KEY
Make sure to add them to .env or directly to the environment.`,
    ['DATABASE_URL', 'API_KEY'],
  ],
  ['env-var', 'EnvVarError: env-var: "DATABASE_URL" is a required variable, but it was not set', ['DATABASE_URL']],
  ['Prisma', 'error: Environment variable not found: DATABASE_URL.\n  -->  schema.prisma:10', ['DATABASE_URL']],
  ['Go, envconfig of kelseyhightower', '2026/11/18 09:06:01 required key DATABASE_URL missing value', ['DATABASE_URL']],
  ['Go, envconfig of sethvargo', 'Database: URL: missing required value: DATABASE_URL', ['DATABASE_URL']],
  ['Go, caarlos0/env, empty', 'env: environment variable "API_KEY" should not be empty', ['API_KEY']],
  ['Go, caarlos0/env', 'env: required environment variable "API_KEY" is not set', ['API_KEY']],
  ['Go, cleanenv', 'field "Host" is required but the value is not provided. Envs names: "SRV_HOST HOST"', ['SRV_HOST']],
  ['Go, by hand', 'panic: env var DB_HOST is not set', ['DB_HOST']],
  [
    'Go, a line of JSON',
    '{"level":"fatal","msg":"required environment variable \\"API_KEY\\" is not set"}',
    ['API_KEY'],
  ],
  [
    'Rust, expect',
    "thread 'main' panicked at src/main.rs:12:10:\nDATABASE_URL must be set: NotPresent",
    ['DATABASE_URL'],
  ],
  ['Rust, anyhow', 'Error: DATABASE_URL\n\nCaused by:\n    environment variable not found', ['DATABASE_URL']],
  ['Rust, sqlx', 'error: The DATABASE_URL environment variable must be set', ['DATABASE_URL']],
  [
    'Spring',
    `Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'DATABASE_URL' in value "\${DATABASE_URL}"`,
    ['DATABASE_URL'],
  ],
  [
    'Quarkus',
    'java.util.NoSuchElementException: SRCFG00014: The config property DATABASE_URL is required but it could not be found in any config source',
    ['DATABASE_URL'],
  ],
  [
    'Quarkus, an expression',
    'java.util.NoSuchElementException: SRCFG00011: Could not expand value DATABASE_URL in property quarkus.datasource.jdbc.url',
    ['DATABASE_URL'],
  ],
  [
    'Typesafe Config',
    `com.typesafe.config.ConfigException$UnresolvedSubstitution: application.conf: 5: Could not resolve substitution to a value: \${DATABASE_URL}`,
    ['DATABASE_URL'],
  ],
  [
    'Ruby, ENV.fetch',
    '/app/config/initializers/proxy.rb:1:in `fetch\': key not found: "GOVUK_UPSTREAM_URI" (KeyError)',
    ['GOVUK_UPSTREAM_URI'],
  ],
  ['Ruby, rake', 'rake aborted!\nKeyError: key not found: "REDIS_URL"', ['REDIS_URL']],
  [
    'Figaro',
    'Missing required configuration keys: ["PUSHER_KEY", "PUSHER_SECRET"] (Figaro::MissingKeys)',
    ['PUSHER_KEY', 'PUSHER_SECRET'],
  ],
  [
    'Rails, its master key',
    "Missing encryption key to decrypt file with. Ask your team for your master key and write it to /app/config/master.key or put it in the ENV['RAILS_MASTER_KEY'].",
    ['RAILS_MASTER_KEY'],
  ],
  [
    'Rails, its secret',
    "ArgumentError: Missing `secret_key_base` for 'production' environment, set this string with `bin/rails credentials:edit`",
    ['SECRET_KEY_BASE'],
  ],
  [
    'Symfony',
    'Fatal error: Uncaught Symfony\\Component\\DependencyInjection\\Exception\\EnvNotFoundException: Environment variable not found: "MAILER_DSN".',
    ['MAILER_DSN'],
  ],
  [
    'phpdotenv',
    'Dotenv\\Exception\\ValidationException: One or more environment variables failed assertions: DB_NAME is missing, DB_USER is missing.',
    ['DB_NAME', 'DB_USER'],
  ],
  ['PHP', 'PHP Warning:  Undefined array key "DB_HOST" in /var/www/config.php on line 3', ['DB_HOST']],
  [
    'Laravel',
    'Illuminate\\Encryption\\MissingAppKeyException: No application encryption key has been specified.',
    ['APP_KEY'],
  ],
  [
    '.NET, by hand',
    "Unhandled exception. System.InvalidOperationException: Environment variable 'DB_CONNECTION' is not set.",
    ['DB_CONNECTION'],
  ],
  ['.NET, in JSON', '{"Message":"Environment variable \\u0027DB_CONNECTION\\u0027 is not set."}', ['DB_CONNECTION']],
  [
    'Elixir',
    '** (System.EnvError) could not fetch environment variable "SECRET_KEY_BASE" because it is not set',
    ['SECRET_KEY_BASE'],
  ],
  [
    'Phoenix',
    '** (RuntimeError) environment variable DATABASE_URL is missing.\nFor example: ecto://USER:PASS@HOST/DATABASE',
    ['DATABASE_URL'],
  ],
  ['bash, set -u', '/entrypoint.sh: line 3: PORT: unbound variable', ['PORT']],
  ['bash, told to ask', '/entrypoint.sh: line 3: DATABASE_URL: parameter null or not set', ['DATABASE_URL']],
  ['dash', '/bin/sh: 1: DATABASE_URL: parameter not set', ['DATABASE_URL']],
  [
    'nginx, envsubst',
    `nginx: [emerg] host not found in upstream "\${API_HOST}" in /etc/nginx/conf.d/default.conf:9`,
    ['API_HOST'],
  ],
  [
    'the image of Postgres',
    'Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser.',
    ['POSTGRES_PASSWORD'],
  ],
  [
    'a list below a heading',
    'Missing environment variables:\n  - API_KEY\n  - API_SECRET\nINFO exiting',
    ['API_KEY', 'API_SECRET'],
  ],
  ['other words', 'Please set STRIPE_KEY and try again', ['STRIPE_KEY']],
  ['other words', 'SESSION_SECRET must be set', ['SESSION_SECRET']],
  ['other words', 'missing expected env var DB_HOST', ['DB_HOST']],
  ['other words', 'API_KEY and API_SECRET are required', ['API_KEY', 'API_SECRET']],
];

describe('a variable that the revision does not set is found in the words of', () => {
  test.each(SAID)('%s', (_framework, text, names) => {
    expect(namesIn(text)).toEqual(names);
  });

  test.each(SAID)('%s, secrets masked', (_framework, text, names) => {
    expect(missingVariables(masked(text.split('\n')), BARE).map(({ name }) => name)).toEqual(names);
  });

  test.each(SAID)('%s, in a field of JSON', (_framework, text, names) => {
    expect(namesIn(JSON.stringify({ level: 'error', message: text }))).toEqual(names);
  });
});

describe('nothing is found in', () => {
  test.each([
    ['a code of Node', "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/dist/main.js'"],
    ['an errno', 'Error: connect ECONNREFUSED 10.0.3.7:5432'],
    ['a signal', 'SIGTERM received, shutting down'],
    ['a status', 'HTTP_404 not found'],
    ['a limit', 'MAX_RETRIES reached, giving up'],
    ['a constant of JavaScript', 'ReferenceError: DATABASE_URL is not defined'],
    ['a constant of Python', "NameError: name 'DATABASE_URL' is not defined"],
    ['a constant of PHP', 'Undefined constant "FOO_BAR"'],
    ['a key of a dictionary', "KeyError: 'EUR'"],
    ['a key in lower case', "KeyError: 'user_id'"],
    ['a key of Ruby that is a symbol', 'key not found: :user_id (KeyError)'],
    ['a record that is not there', 'ORDER_123 not found'],
    ['an index that is not there', 'relation "USER_EMAIL" does not exist'],
    ['a column', 'ERROR: null value in column "USER_ID" is required'],
    ['a header', 'missing X_API_KEY header'],
    ['the body of a request', '1 validation error for OrderRequest\nuser_id\n  Field required [type=missing]'],
    ['a variable with a default', 'LOG_FORMAT is not set, using default "json"'],
    ['a warning of Compose', 'The "APP_ENV" variable is not set. Defaulting to a blank string.'],
    ['an optional variable', 'optional environment variable SENTRY_DSN is not set'],
    ['advice of TensorFlow', 'To turn them off, set the environment variable `TF_ENABLE_ONEDNN_OPTS=0`.'],
    ['advice of Rust', 'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace'],
    ['Rust without a name', 'Error loading env config: environment variable not found'],
    ['a printed object', '{ NODE_ENV: undefined, API_KEY: undefined }'],
    ['the next line of the log', 'missing environment\nERROR exiting'],
    ['a level of a log', 'environment variable NOT set'],
    ['a property of Spring', `Could not resolve placeholder 'database.url' in value "\${database.url}"`],
    [
      'an argument of clap',
      'error: the following required arguments were not provided:\n  --database-url <DATABASE_URL>',
    ],
    ['a number that has to be positive', 'MAX_RETRIES is required to be positive'],
    ['a variable that has to be positive', 'environment variable MAX_RETRIES is required to be positive'],
    ['a number that has to be set to another', 'MAX_RETRIES must be set to a number below 10'],
    ['nothing', ''],
  ])('%s', (_what, text) => {
    expect(namesIn(text)).toEqual([]);
  });
});

describe('what the good revision set is believed of', () => {
  test.each([
    ['a key of a dictionary', "KeyError: 'PORT'", 'PORT'],
    ['a property of Spring', "Could not resolve placeholder 'database.url' in value", 'DATABASE_URL'],
    ['a property of Quarkus', 'SRCFG00014: The config property database.url is required but', 'DATABASE_URL'],
    ['an argument of clap', 'arguments were not provided:\n  --database-url <DATABASE_URL>', 'DATABASE_URL'],
    ['a field of envy', 'missing value for field database_url', 'DATABASE_URL'],
    ['a printed object', '{ DATABASE_URL: undefined }', 'DATABASE_URL'],
    [
      'a field of a settings class, whose prefix it does not say',
      '1 validation error for Settings\nsmtp_host\n  Field required [type=missing]',
      'APP_SMTP_HOST',
    ],
  ])('%s', (_what, text, name) => {
    expect(missingVariables(text.split('\n'), BARE, GOOD)).toEqual([{ name, wasIn: 'api:41', isSure: true }]);
  });
});

describe('a variable', () => {
  const LINES = ["KeyError: 'DATABASE_URL'"];

  test('was in the good revision, or in none', () => {
    expect(missingVariables(LINES, BARE, GOOD)).toEqual([{ name: 'DATABASE_URL', wasIn: 'api:41', isSure: true }]);
    expect(missingVariables(LINES, BARE, BARE)).toEqual([{ name: 'DATABASE_URL' }]);
  });

  test('is not missing where the environment or a secret sets it', () => {
    const secrets = [{ name: 'DATABASE_URL', valueFrom: 'arn:aws:ssm:us-east-1:111122223333:parameter/db' }];

    expect(missingVariables(LINES, GOOD)).toEqual([]);
    expect(missingVariables(LINES, taskOf(42, { secrets }))).toEqual([]);
  });

  test('that another container sets is missing only where the container is known', () => {
    const failing = taskOf(42, { name: 'api' }, { name: 'migrate', ...sets('DATABASE_URL') });

    expect(missingVariables(LINES, failing)).toEqual([]);
    expect(missingVariables(LINES, failing, undefined, 'api')).toEqual([{ name: 'DATABASE_URL' }]);
    expect(missingVariables(LINES, failing, undefined, 'gone')).toEqual([]);
  });

  test('may be in an environment file, which cannot be looked into', () => {
    const environmentFiles = [{ value: 'arn:aws:s3:::shop/prod.env', type: 's3' as const }];

    expect(missingVariables(LINES, taskOf(42, { environmentFiles }))).toEqual([
      { name: 'DATABASE_URL', maybeElsewhere: true },
    ]);
  });

  test('is named once, in the order of the log', () => {
    expect(namesIn("B_B must be set\nKeyError: 'A_A'\nB_B must be set")).toEqual(['B_B', 'A_A']);
  });

  test('comes with at most nine others', () => {
    const lines = Array.from({ length: 50 }, (_, index) => `VARIABLE_${index} must be set`);

    expect(missingVariables(lines, BARE)).toHaveLength(10);
  });

  test('has no name of more than a hundred characters', () => {
    expect(namesIn(`${'A_'.repeat(60)} must be set`)).toEqual([]);
  });
});

describe('a line of a level that nothing fails at', () => {
  const LEVELS = [
    'WARN NEW_RELIC_KEY_ID is not set',
    'INFO OTEL_ENDPOINT not set',
    'DEBUG: OTEL_ENDPOINT not set',
    'warn: OTEL_ENDPOINT not set',
    'Warning: OTEL_ENDPOINT not set',
    'npm WARN config OTEL_ENDPOINT not set',
    '2026-11-18T09:06:01.123Z WARN OTEL_ENDPOINT not set',
    '2026-11-18 09:06:01,123 - app.main - WARNING - OTEL_ENDPOINT not set',
    '2026-11-18 09:06:01.123  INFO 1 --- [main] c.e.App : OTEL_ENDPOINT not set',
    '[Nest] 1  - 11/18/2026, 9:06:01 AM     WARN [Config] OTEL_ENDPOINT not set',
    'W, [2026-11-18T09:06:01.1 #1]  WARN -- : OTEL_ENDPOINT not set',
    'Nov 18 09:06:01 api[1]: NOTICE OTEL_ENDPOINT not set',
    '2026/11/18 09:06:01 [warn] 1#1: OTEL_ENDPOINT not set',
    '[WARN] OTEL_ENDPOINT not set',
    '[09:06:01] [main/WARN]: OTEL_ENDPOINT not set',
    'WARN[0000] OTEL_ENDPOINT not set',
    'WARNING:root:OTEL_ENDPOINT not set',
    '\u001b[33mWARN\u001b[39m OTEL_ENDPOINT not set',
    'time="2026-11-18T09:06:01Z" level=warning msg="OTEL_ENDPOINT not set"',
    'msg="OTEL_ENDPOINT not set" level=info',
    '{"level":"warn","message":"OTEL_ENDPOINT not set"}',
    '{"message":"two lines\\nOTEL_ENDPOINT not set","severity":"WARNING"}',
    '{"level":40,"msg":"OTEL_ENDPOINT not set"}',
    '{"log.level": "TRACE", "msg": "OTEL_ENDPOINT not set"}',
  ];

  test.each(LEVELS)('has no variable by its looks: %s', (line) => {
    expect(namesIn(`starting\n${line}\nexiting`)).toEqual([]);
  });

  test.each([
    'WARN environment variable OTEL_ENDPOINT is not set',
    '{"level":"info","message":"missing environment variables: OTEL_ENDPOINT"}',
    'DEBUG /entrypoint.sh: line 3: OTEL_ENDPOINT: unbound variable',
    'INFO Error: Config validation error: "OTEL_ENDPOINT" is required',
  ])('has one that it says is one: %s', (line) => {
    expect(missingVariables([line], BARE)).toEqual([{ name: 'OTEL_ENDPOINT', isSure: true }]);
  });

  test('has one that the good revision set', () => {
    expect(missingVariables(['WARN DATABASE_URL is not set'], BARE, GOOD)).toEqual([
      { name: 'DATABASE_URL', wasIn: 'api:41', isSure: true },
    ]);
  });

  test.each([
    'ERROR OTEL_ENDPOINT not set',
    '2026-11-18T09:06:01Z ERROR INFO OTEL_ENDPOINT not set',
    '[error] [info] OTEL_ENDPOINT not set',
    '{"level":"error","msg":"OTEL_ENDPOINT not set","context":{"level":"info"}}',
    '{"level":50,"msg":"OTEL_ENDPOINT not set"}',
    'level=fatal msg="OTEL_ENDPOINT not set"',
    'OTEL_ENDPOINT not set, needed at INFO',
    'Warning: Undefined array key "OTEL_ENDPOINT" in config.php',
    'NOTICE: PHP message: PHP Warning:  Undefined array key "OTEL_ENDPOINT" in config.php',
    'api OTEL_ENDPOINT not set',
  ])('is not %s', (line) => {
    expect(namesIn(`INFO starting\n${line}\nWARN exiting`)).toEqual(['OTEL_ENDPOINT']);
  });

  test('is told from others after many', () => {
    const lines = [...Array(500).fill(`WARN ${'x'.repeat(900)}`), 'ERROR A_A not set', 'WARN B_B not set'];

    expect(missingVariables(lines, BARE)).toEqual([{ name: 'A_A' }]);
  });
});

describe('is not sure of', () => {
  test.each([
    ['a field of a form', 'validation failed: FIRST_NAME is required', 'FIRST_NAME'],
    ['a key of a dictionary', "KeyError: 'ORDER_ID'", 'ORDER_ID'],
    ['a key of an array', 'Undefined array key "USER_ID"', 'USER_ID'],
    ['what is undefined', 'ORDER_ID is undefined', 'ORDER_ID'],
    ['a key of a hash', 'key not found: "ORDER_ID"', 'ORDER_ID'],
    ['a request', 'Please set ORDER_ID and try again', 'ORDER_ID'],
    ['a list', 'missing keys: ORDER_ID', 'ORDER_ID'],
  ])('%s', (_what, text, name) => {
    expect(missingVariables(text.split('\n'), BARE)).toEqual([{ name }]);
  });

  test('a key of a dictionary below the traceback of another error', () => {
    const text = `Traceback (most recent call last):
  File "<frozen os>", line 685, in __getitem__
KeyError: 'DATABASE_URL'
Traceback (most recent call last):
  File "/app/orders.py", line 4, in total
KeyError: 'ORDER_ID'`;

    expect(missingVariables(text.split('\n'), BARE)).toEqual([
      { name: 'DATABASE_URL', isSure: true },
      { name: 'ORDER_ID' },
    ]);
  });
});

describe('is sure of', () => {
  test.each([
    ['an environment variable', 'Missing required environment variable: DATABASE_URL'],
    ['what a shell says', 'DATABASE_URL: unbound variable'],
    ['a key of os.environ', `x = os.environ["DATABASE_URL"]\nKeyError: 'DATABASE_URL'`],
    ['what is said once so and once so', "KeyError: 'DATABASE_URL'\nenv var DATABASE_URL is not set"],
    ['what is said once so and once so, the other way', "env var DATABASE_URL is not set\nKeyError: 'DATABASE_URL'"],
  ])('%s', (_what, text) => {
    expect(missingVariables(text.split('\n'), BARE)).toEqual([{ name: 'DATABASE_URL', isSure: true }]);
  });

  test('what a text without a name means', () => {
    expect(missingVariables(['No application encryption key has been specified.'], BARE)).toEqual([
      { name: 'APP_KEY', isSure: true },
    ]);
  });
});

/** Each would take minutes if a pattern went back over what it has read. */
test.each([
  ['names', 'A_B, '],
  ['names in quotes', '"A_B", "'],
  ['one name', 'A_'],
  ['headings', 'missing environment variable '],
  ['words', 'missing a '],
  ['environments', 'environment variable "A_B" '],
  ['paths of zod', 'path: [ "A_B" ], '],
  ['brackets', 'path: [ '],
  ['backslashes', '\\'],
  ['escaped line ends', '\\n'],
  ['line ends', '\n'],
  ['spaces', ' '],
  ['keys', "KeyError: 'A_B' "],
  ['fields', 'a\n'],
  ['Rust', 'A_B \n\n\n'],
  ['ENV', 'missing ENV["'],
  ['colours', '\u001b[0;'],
  ['levels', 'level='],
  ['levels that are quiet', 'WARN A_B not set\n'],
  ['times', '09:06 '],
  ['tracebacks', "Traceback (most KeyError: 'A_B' "],
])('bears a log of nothing but %s', (_what, part) => {
  const line = part.repeat(20_000);

  expect(missingVariables([line], BARE, GOOD).length).toBeLessThanOrEqual(10);
  expect(missingVariables(Array(200).fill(line.slice(0, 4000)), BARE, GOOD).length).toBeLessThanOrEqual(10);
  expect(missingVariables(line.split('\n'), BARE, GOOD).length).toBeLessThanOrEqual(10);
});
