import { masked } from '../../functions/notifier/explain/mask';

const mask = (line: string) => masked([line])[0];
/** In parts, so that nobody's scanner takes a made-up token for a real one. */
const fake = (...parts: string[]) => parts.join('');
const HEX = '0123456789abcdef'.repeat(2);
const LETTERS = 'aB3dE6gH9jK2mN5pQ8sT';
const AWS_KEY = fake('wJalrXUtnFEMI/K7MDENG', '/bPxRfiCYEXAMPLEKEY');
const BASE64 = fake('MIIEpAIBAAKCAQEAuGbXWiK3dQTyCbX', '5xdE4yCuYp0AF2d15Qq1JSXT/lx8CEcXb9R');

describe('hides', () => {
  test.each([
    ['an access key of AWS', `using ${fake('AKIA', 'IOSFODNN7EXAMPLE')} in us-east-1`, 'using AKIA••• in us-east-1'],
    ['a temporary access key of AWS', `key=${fake('ASIA', 'IOSFODNN7EXAMPLE')}`, 'key=ASIA•••'],
    ['a secret key of AWS by its name', `aws_secret_access_key = ${AWS_KEY}`, 'aws_secret_access_key = •••'],
    ['a secret key of AWS without a name', `tried ${AWS_KEY} twice`, 'tried ••• twice'],
    [
      'a session token of AWS',
      `got ${fake('IQoJb3JpZ2lu', 'X2VjEHoaCXVzLWVhc3QtMSJH')}== back`,
      'got IQoJb3JpZ2lu••• back',
    ],
    [
      'a credential in XML of AWS',
      `<SecretAccessKey>${AWS_KEY}</SecretAccessKey>`,
      '<SecretAccessKey>•••</SecretAccessKey>',
    ],
    [
      'a JWT',
      `jwt ${fake('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U')}.`,
      'jwt eyJ•••',
    ],
    ['a JWT that was cut off', fake('eyJhbGciOiJIUzI1NiIs', 'InR5cCI6IkpXVCJ9.eyJz'), 'eyJ•••'],
    ['a bearer token', `> Authorization: Bearer ${LETTERS}`, '> Authorization: Bearer •••'],
    ['a bearer token without its header', `sent bearer ${LETTERS} to upstream`, 'sent bearer ••• to upstream'],
    ['basic credentials', 'authorization: Basic dXNlcjpwYXNz', 'authorization: Basic •••'],
    [
      'a header of Node',
      `{ 'Proxy-Authorization': 'Basic dXNlcjpwYXNz', host: 'x' }`,
      `{ 'Proxy-Authorization': 'Basic •••', host: 'x' }`,
    ],
    ['a header of Go', 'map[Authorization:[Bearer s3cr3tt0ken] Host:[x]]', 'map[Authorization:[Bearer •••] Host:[x]]'],
    ['a header without a scheme', 'Authorization: s3cr3t', 'Authorization: •••'],
    ['an API key in a header', "'x-api-key': 'abc'", "'x-api-key': '•••'"],
    ['the values of cookies', 'Cookie: sid=abc; theme=dark', 'Cookie: sid=•••; theme=•••'],
  ])('%s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });

  test.each([
    ['GitHub', 'ghp_', LETTERS + LETTERS],
    ['GitHub, fine-grained', 'github_pat_', `11AA_${LETTERS}`],
    ['GitLab', 'glpat-', LETTERS],
    ['Slack, a bot', 'xoxb-', `123456789012-1234567890123-${LETTERS}`],
    ['Slack, rotated', 'xoxe.xoxb-', `1-${LETTERS}`],
    ['Slack, an app', 'xapp-', `1-A0123-456-${HEX}`],
    ['Stripe', 'sk_live_', LETTERS],
    ['Stripe, restricted', 'rk_test_', LETTERS],
    ['npm', 'npm_', LETTERS + LETTERS],
    ['PyPI', 'pypi-', `AgEIcHlwaS5vcmc${LETTERS}`],
    ['Google', 'AIza', `SyD-${LETTERS}${LETTERS}`],
    ['Google OAuth', 'ya29.', `a0Af_${LETTERS}`],
    ['OpenAI', 'sk-', LETTERS + LETTERS],
    ['OpenAI, a project', 'sk-proj-', LETTERS + LETTERS],
    ['Anthropic', 'sk-ant-', `api03-${LETTERS}-${LETTERS}AA`],
    ['SendGrid', 'SG.', `${LETTERS}.${LETTERS}${LETTERS}`],
    ['DigitalOcean', 'dop_v1_', HEX + HEX],
    ['Vault', 'hvs.', `CAESI${LETTERS}`],
    ['Databricks', 'dapi', HEX],
    ['Twilio', 'SK', HEX],
    ['Shopify', 'shpat_', HEX],
    ['Hugging Face', 'hf_', LETTERS + LETTERS],
    ['Linear', 'lin_api_', LETTERS + LETTERS],
    ['Sentry', 'sntrys_', LETTERS + LETTERS],
    ['Docker', 'dckr_pat_', LETTERS + LETTERS],
  ])('a token of %s but its prefix', (_what, prefix, token) => {
    expect(mask(`bad token ${fake(prefix, token)}, giving up`)).toBe(`bad token ${prefix}•••, giving up`);
    expect(mask(`{"msg":"bad\\n${fake(prefix, token)}"}`)).toBe(`{"msg":"bad\\n${prefix}•••"}`);
  });

  test.each([
    ['of Slack', 'https://hooks.slack.com/services/T000/B000/XXXX', 'https://hooks.slack.com/services/•••'],
    ['of Discord', `https://discord.com/api/webhooks/123/${LETTERS}`, 'https://discord.com/api/webhooks/123/•••'],
  ])('what is secret of a webhook %s', (_what, line, expected) => {
    expect(mask(`POST ${line} 404`)).toBe(`POST ${expected} 404`);
  });

  test.each([
    ['of PostgreSQL', 'postgres://user:s3cr3t@db.example.com/x', 'postgres://user:•••@db.example.com/x'],
    ['of a driver', 'postgresql+asyncpg://app:s3cr3t@db:5432/x', 'postgresql+asyncpg://app:•••@db:5432/x'],
    ['of Redis, without a user', 'redis://:s3cr3t@cache:6379/0', 'redis://:•••@cache:6379/0'],
    ['of several hosts', 'mongodb://u:s3cr3t@h1:27017,h2:27017/db', 'mongodb://u:•••@h1:27017,h2:27017/db'],
    ['of the web', 'https://user:s3cr3t@example.com/a?b=c', 'https://user:•••@example.com/a?b=c'],
    ['with a sign that should be escaped', 'amqp://u:p@ss@host/vhost', 'amqp://u:•••@host/vhost'],
    ['with a slash that should be escaped', 'postgres://u:p/a#s?s@host/x', 'postgres://u:•••@host/x'],
    ['that is cut off', 'could not connect to mysql://root:s3cr', 'could not connect to mysql://root:•••'],
    ['that begins as a template does', 'postgres://u:$ecret@h/x', 'postgres://u:•••@h/x'],
    ['twice', 'amqp://a:b1@h1/x,amqp://c:d1@h2/y', 'amqp://a:•••@h1/x,amqp://c:•••@h2/y'],
    ['in JSON', '{"url":"postgres://u:s3cr3t@h/x","n":1}', '{"url":"postgres://u:•••@h/x","n":1}'],
    ['which is a token in place of a user', `https://${LETTERS}@github.com/a/b`, 'https://•••@github.com/a/b'],
    ['of Oracle', 'jdbc:oracle:thin:scott/tiger@db:1521/x', 'jdbc:oracle:thin:scott/•••@db:1521/x'],
    ["of Go's MySQL", 'app:s3cr3t@tcp(db:3306)/shop', 'app:•••@tcp(db:3306)/shop'],
    ['in a query', 'GET /a?token=s3cr3t&b=c 200', 'GET /a?token=•••&b=c 200'],
    [
      'in the query of a database',
      'jdbc:mysql://db/x?user=a&password=b&c=d',
      'jdbc:mysql://db/x?user=a&password=•••&c=d',
    ],
    [
      'that is signed',
      `https://x/a?X-Amz-Signature=${HEX}&X-Amz-Expires=60`,
      'https://x/a?X-Amz-Signature=•••&X-Amz-Expires=60',
    ],
  ])('the password in an address %s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });

  test.each([
    ['in a line of the environment', 'DB_PASSWORD=hunter2 LOG_LEVEL=info', 'DB_PASSWORD=••• LOG_LEVEL=info'],
    ['in YAML', '  password: hunter2', '  password: •••'],
    ['in JSON', '{"user":"a","password":"hun\\"ter2","x":1}', '{"user":"a","password":"•••","x":1}'],
    [
      'in JSON in JSON',
      '{"msg":"{\\"apiKey\\":\\"hunter2\\",\\"x\\":1}"}',
      '{"msg":"{\\"apiKey\\":\\"•••\\",\\"x\\":1}"}',
    ],
    ['in a dictionary of Python', "{'client_secret': 'hunter2', 'x': 1}", "{'client_secret': '•••', 'x': 1}"],
    ['in a hash of Ruby', '{:access_token=>"hunter2", :x=>1}', '{:access_token=>"•••", :x=>1}'],
    ['in a struct of Go', '{User:app Password:hunter2 Port:1}', '{User:app Password:••• Port:1}'],
    ['in a map of Java', '{spring.datasource.password=hunter2, x=1}', '{spring.datasource.password=•••, x=1}'],
    ['in a connection string of .NET', 'Server=db;Password=hunter2;Database=x', 'Server=db;Password=•••;Database=x'],
    ['in a command', 'migrate --password hunter2 --url x', 'migrate --password ••• --url x'],
    ['in a command, with a sign', 'migrate --token=hunter2', 'migrate --token=•••'],
    ['of curl', 'curl -u admin:hunter2 https://x', 'curl -u admin:••• https://x'],
    ['of SQL', "ALTER USER app PASSWORD 'hunter2'", "ALTER USER app PASSWORD '•••'"],
    ['with a comma in it', 'password=a,b', 'password=•••'],
    ['before another', 'host:6379,password=hunter2,ssl=True', 'host:6379,password=•••,ssl=True'],
    [
      'that looks like a template',
      'password=$ecret-1 secret=%2Fa token=*bcd DB_PWD=/bcd',
      'password=••• secret=••• token=••• DB_PWD=•••',
    ],
    ['that is a number', 'password=123456', 'password=•••'],
    ['with spaces, in quotes', 'secret="a b c" next', 'secret="•••" next'],
    ['in quotes that do not end', 'secret="a b c', 'secret="•••'],
    [
      'after a line end in JSON',
      '{"msg":"env:\\nDB_PASSWORD=hunter2\\nX=1"}',
      '{"msg":"env:\\nDB_PASSWORD=•••\\nX=1"}',
    ],
    ['called key', 'STRIPE_KEY=hunter2', 'STRIPE_KEY=•••'],
    ['called API key', 'api_key: hunter2', 'api_key: •••'],
    ['of an account of Azure', 'AccountName=a;AccountKey=hunter2==;', 'AccountName=a;AccountKey=•••;'],
    ['of npm', '//registry.npmjs.org/:_authToken=hunter2', '//registry.npmjs.org/:_authToken=•••'],
  ])('a secret by its name, %s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });

  test.each([
    ['of Postgres, in the environment', 'PGPASSWORD=hunter2hunter psql', 'PGPASSWORD=••• psql'],
    ['of MySQL, in the environment', 'MYSQLPASSWORD=hunter2', 'MYSQLPASSWORD=•••'],
    ['of a database', 'dbpassword=hunter2', 'dbpassword=•••'],
    ['that is the second', 'password2=hunter2', 'password2=•••'],
    ['to log in', 'authtoken: hunter2', 'authtoken: •••'],
    ['to get in', 'accesstoken=hunter2', 'accesstoken=•••'],
    ['of a client', 'clientsecret=hunter2', 'clientsecret=•••'],
    ['of Rails', 'SECRETKEYBASE=hunter2', 'SECRETKEYBASE=•••'],
    ['of AWS', 'awssecretaccesskey=hunter2', 'awssecretaccesskey=•••'],
    ['of an API', '"openaiapikey":"hunter2"', '"openaiapikey":"•••"'],
    ['of Postgres, shortened', 'PGPASS=hunter2', 'PGPASS=•••'],
    ['of a database, shortened', 'DB_PW=hunter2 dbpass=hunter2', 'DB_PW=••• dbpass=•••'],
    ['of two letters', 'user=app pw=hunter2', 'user=app pw=•••'],
    ['that is a code', 'passcode=123456', 'passcode=•••'],
  ])('a secret by a name written as one word, %s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });

  test.each([
    ['bytes', "{'password': b'hunter2', 'x': 1}", "{'password': b'•••', 'x': 1}"],
    ['Unicode', `{u'password': u"hunter2", u'x': 1}`, `{u'password': u"•••", u'x': 1}`],
    ['a raw string', "password=r'hunter2'", "password=r'•••'"],
    ['bytes in JSON', '{"msg":"token=b"hunter2" x"}', '{"msg":"token=b"•••" x"}'],
    ['a header of bytes', "{'Authorization': b'Basic dXNlcjpwYXNz'}", "{'Authorization': b'Basic •••'}"],
    ['a cookie in quotes', `{"cookie":"sid=abc; a=b","x":1}`, `{"cookie":"sid=•••; a=•••","x":1}`],
    ['a secret of one letter', '{"msg":"--password b","x":"hunter"}', '{"msg":"--password •••","x":"hunter"}'],
  ])('what Python writes of a secret, %s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });

  test.each([
    ['with a number', 'login of app using password hunter2 failed', 'login of app using password ••• failed'],
    ['at the end', 'connected with the password s3cr3t-word.', 'connected with the password •••.'],
    ['with a sign', 'Using passphrase correct!horse, retrying', 'Using passphrase •••, retrying'],
    ['in quotes', `using password 'hunter' now`, `using password '•••' now`],
  ])('a password in a sentence, %s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });

  test.each([
    ['mysql', '+ mysql -h db -u root -phunter2 shop', '+ mysql -h db -u root -p••• shop'],
    ['mysqldump', "/usr/bin/mysqldump -uroot -p'hunter 2' shop", "/usr/bin/mysqldump -uroot -p'•••' shop"],
    ['mariadb', 'mariadb-admin -phunter2 ping', 'mariadb-admin -p••• ping'],
    ['mysql, in a list', '["mysql","-uroot","-phunter2","shop"]', '["mysql","-uroot","-p•••","shop"]'],
    ['mongosh', 'mongosh -u app -p hunter2 shop', 'mongosh -u app -p ••• shop'],
    ['sshpass', 'sshpass -p hunter2 ssh a@b', 'sshpass -p ••• ssh a@b'],
    ['docker', 'docker login -u app -p hunter2 registry', 'docker login -u app -p ••• registry'],
    ['redis-cli', 'redis-cli -h cache -p 6379 -a hunter2 ping', 'redis-cli -h cache -p 6379 -a ••• ping'],
    ['redis-cli, in a list', `["redis-cli", "-a", "hunter2", "ping"]`, `["redis-cli", "-a", "•••", "ping"]`],
    ['redis-cli, in JSON in JSON', '{"cmd":"["redis-cli","-a","hunter2"]"}', '{"cmd":"["redis-cli","-a","•••"]"}'],
    ['sqlcmd', 'sqlcmd -S db -U sa -P hunter2 -Q x', 'sqlcmd -S db -U sa -P ••• -Q x'],
    ['ldapsearch', 'ldapsearch -D cn=a -w hunter2 -b x', 'ldapsearch -D cn=a -w ••• -b x'],
    ['sqlplus', 'sqlplus app/hunter2@db:1521/x', 'sqlplus app/•••@db:1521/x'],
    ['sqlplus, with an option', 'sqlplus -s app/hunter2@//db/x @run.sql', 'sqlplus -s app/•••@//db/x @run.sql'],
    ['expdp', 'expdp userid=app/hunter2@db', 'expdp userid=app/•••@db'],
    ['two commands', 'mysql -pa1 | redis-cli -a b2', 'mysql -p••• | redis-cli -a •••'],
  ])('a password among the arguments of %s', (_what, line, expected) => {
    expect(mask(line)).toBe(expected);
  });
});

describe('leaves as it is', () => {
  test.each([
    ['the name of a variable', "KeyError: 'DATABASE_URL'"],
    ['the name of a secret variable', 'Missing required environment variable: API_TOKEN'],
    ['the name of a secret', 'missing secret: STRIPE_KEY'],
    ['what a shell says', '/entrypoint.sh: line 3: DB_PASSWORD: unbound variable'],
    ['what is said of a variable', 'SECRET_KEY: parameter null or not set'],
    ['a template', `postgres://app:\${DB_PASSWORD}@db/x password=\${DB_PASSWORD}`],
    ['what is hidden already', 'password=***** url=postgres://u:•••@h/x'],
    ['the ARN of a secret', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/api/stripe-AbCdEf'],
    ['a secret that is an ARN', 'secret: arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf'],
    ['an ARN', 'arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions'],
    ['a UUID', 'requestId: 3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b'],
    ['a digest', `sha256:${HEX}${HEX}`],
    ['a commit', 'at commit 5f1d7a84db00d2fce00b31a7fc73224f0a2b1c3d'],
    ['the id of a task', `task/prod/${HEX}`],
    ['a trace', 'Root=1-67891233-abcdef012345678912345678'],
    ['a stack', '    at Object.<anonymous> (/app/node_modules/pg-pool/index.js:45:11)'],
    ['a long path', '/usr/local/lib/python3.12/site-packages/sqlalchemy/engine/base.py'],
    ['a class', 'com.zaxxer.hikari.pool.HikariPool$PoolInitializationException'],
    ['an address without a password', 'connect ECONNREFUSED http://10.0.3.7:8080/health?x=y'],
    ['an address of six', 'redis://[::1]:6379/0'],
    ['a scope of npm', 'GET http://registry:4873/@shop%2fapi 404'],
    ['an image', 'docker-pullable://registry.k8s.io/pause@sha256:e3b0c44298fc1c14'],
    ['a count of tokens', 'max_tokens=4096 token_count=12 tokens: 5, token: 7'],
    ['a type of token', 'token_type=Bearer expires_in=3600'],
    ['a kind of grant', 'grant_type=authorization_code'],
    ['a parser', 'SyntaxError: Unexpected token < in JSON at position 0'],
    ['another parser', 'SyntaxError: Unexpected token: } at line 3'],
    ['a password that failed', 'FATAL: password authentication failed for user "app"'],
    ['a password that is missing', 'password: required, secret: undefined'],
    ['a directory', 'PWD=/usr/src/app'],
    ['an author', 'author: jane, authority=example.com, compass: north, keyboard=us'],
    ['a key of a cache', 'cache_key=user:1 PRIMARY_KEY=id partitionKey: a, key: value'],
    ['a file with a secret', 'DB_PASSWORD_FILE=/run/secrets/db secretName: prod/db'],
    ['basic and bearer', 'Basic authentication required, bearer token missing'],
    ['names of variables', "KeyError: 'DATABASE_PASSWORD', KeyError: 'PGPASSWORD', missing secret: DB_PW"],
    ['what a shell says of a variable', '/run.sh: line 3: PGPASSWORD: unbound variable'],
    ['a token that expired', 'token expired, authtoken missing, accesstoken: expired'],
    ['an unexpected token', 'Unexpected token o in JSON, unexpectedtoken: }'],
    ['a token of a page', 'nexttoken=CAEQAA pagetoken: b2Zmc2V0 next page token counts: 5'],
    ['a count of tokens in one word', 'maxtokens=4096 totaltokens: 12 maxtoken=5'],
    ['a token of a model', 'eostoken=end padtoken: pad'],
    ['what sudo says', 'deploy ALL=(ALL) NOPASSWD: ALL'],
    ['a secret of Kubernetes', 'externalsecret: prod/db imagepullsecret=regcred'],
    ['a function', 'getpassword: prompt is closed, resetpassword: user not found'],
    ['a file in one word', 'PGPASSFILE=/root/.pgpass bypass=on compass=north'],
    ['a channel of Playwright', 'pw:api navigating to "http://web/"'],
    ['what MySQL says', "Access denied for user 'root'@'10.0.3.7' (using password: YES)"],
    ['what MySQL says without one', "Access denied for user 'root'@'10.0.3.7' (using password: NO)"],
    ['what mysql warns of', 'mysql: [Warning] Using a password on the command line interface can be insecure.'],
    ['what redis-cli warns of', "Warning: Using a password with '-a' or '-u' option on the command line"],
    ['a way to log in', 'using password authentication with password encryption scram-sha-256'],
    ['an algorithm', 'using password SCRAM-SHA-256, with password pbkdf2_sha256 and with password bcrypt12'],
    ['where a password is from', 'using password from /run/secrets/db2, with password file.'],
    [
      'a variable with a password',
      `using password DB_PASSWORD_2, mysql -p\${DB_PASSWORD} -p"$DB_PASSWORD" -p$(cat /x)`,
    ],
    ['a setting of passwords', 'with password min_length=8 and using password v2'],
    ['a port that is mapped', 'docker run --name mysql -p3306:3306 -p 127.0.0.1:27017:27017 mongo -p 27017:27017/tcp'],
    ['a port', 'redis-cli -p 6379 -h cache; mongosh -p 27017'],
    [
      'an option of another command',
      'redis-cli ping; tar -a x; mkdir -p /data/db1; cp -p a1 b1; mysql | sort -phunter2',
    ],
    ['a path of another command', 'migrate -driver mysql -path ./migrations -port 9104'],
    ['a database behind an option', 'mysql -u root -p shop2'],
    ['options of sqlplus', 'sqlplus /nolog @scripts/run.sql; sqlplus / as sysdba; sqlplus app/@db'],
    ['a registry', 'docker login -u app --password-stdin registry.example.com'],
    ['nothing', ''],
  ])('%s', (_what, line) => {
    expect(mask(line)).toBe(line);
  });
});

describe('a private key', () => {
  const [BEGIN, END] = ['-----BEGIN RSA PRIVATE KEY-----', '-----END RSA PRIVATE KEY-----'];

  test('over several lines becomes one', () => {
    expect(masked(['before', BEGIN, BASE64, BASE64, 'Ab12==', END, 'after'])).toEqual([
      'before',
      BEGIN,
      '•••',
      END,
      'after',
    ]);
  });

  test('in lines of a log keeps what is before it', () => {
    expect(masked([`INFO ${BEGIN}`, `INFO ${BASE64}`, `INFO ${END}`])).toEqual([
      `INFO ${BEGIN}`,
      'INFO •••',
      `INFO ${END}`,
    ]);
  });

  test('in one line of JSON is hidden there', () => {
    expect(mask(`{"key":"${BEGIN}\\n${BASE64}\\n${END}\\n","x":1}`)).toBe(`{"key":"${BEGIN}•••${END}\\n","x":1}`);
  });

  test('in one line, cut off, is hidden to its end', () => {
    expect(mask(`key: ${BEGIN}\\n${BASE64}\\n${BASE64}`)).toBe(`key: ${BEGIN}•••`);
  });

  test('without its end is hidden, what follows is not', () => {
    expect(masked([BEGIN, BASE64, BASE64, 'Error: no end line', 'exiting'])).toEqual([
      BEGIN,
      '•••',
      'Error: no end line',
      'exiting',
    ]);
  });

  test('without its beginning is hidden, what came before is not', () => {
    expect(masked(['starting', BASE64, BASE64, 'Ab12==', END])).toEqual(['starting', '•••', '•••', '•••', END]);
  });

  test('that is encrypted is hidden with its headers', () => {
    expect(masked([BEGIN, 'Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,AB', '', BASE64, END])).toEqual([
      BEGIN,
      '•••',
      '',
      '•••',
      END,
    ]);
  });

  test('is no certificate, which stays', () => {
    const lines = ['-----BEGIN CERTIFICATE-----', BASE64, '-----END CERTIFICATE-----'];

    expect(masked(lines)).toEqual(lines);
  });
});

test('masks again what is masked without a change', () => {
  const lines = [
    'postgres://user:s3cr3t@db.example.com/x',
    'Authorization: Bearer abc123abc123',
    'password=hunter2',
    `token ${fake('ghp_', LETTERS, LETTERS)}`,
    'mysql -phunter2 using password hunter2, sqlplus app/hunter2@db',
    "{'password': b'hunter2', 'cookie': 'a=b'}",
  ];

  expect(masked(masked(lines))).toEqual(masked(lines));
});

/** Each would take minutes if a pattern went back over what it has read. */
test.each([
  'a',
  'aB3',
  'eyJ',
  'eyJ-',
  'eyJ.',
  'sk-',
  'ghp_',
  'SG.a',
  'AKIA',
  '://',
  'a://b:',
  'http://a@',
  'http://',
  '@',
  'password',
  'password=',
  'password="',
  'password: ',
  'token,',
  'token=a,',
  '--token ',
  'a=b;',
  '\\',
  '\\"',
  '"',
  ' ',
  'authorization: ',
  'Bearer ',
  'cookie: a=',
  '<a>',
  '<token>',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-----END PRIVATE KEY-----',
  ')',
  'password=)',
  '1',
  'a.b:',
  "password '",
  'using password ',
  'using password a1',
  'using password a.',
  'mysql ',
  'mysql -p',
  'mysql -pa1 ',
  ' -pa',
  'redis-cli -a ',
  'sqlplus a/',
  ' a/',
  'sqlplus a/b@',
  'passwordpassword=',
  "password=b'",
  'password=b"a',
  'cookie: "a=',
])('bears a log of nothing but %j', (part) => {
  const line = part.repeat(Math.ceil(200_000 / part.length));

  expect(masked([line])).toHaveLength(1);
  expect(masked(Array(5000).fill(part)).length).toBeLessThanOrEqual(5000);
});
