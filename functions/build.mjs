/**
 * Builds one zip per function: `dist/functions/NAME.zip`. The same source gives the same bytes on every machine: a
 * fixed date, no paths, the compiler's version locked.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'dist', 'functions');
const leftOut = join(root, 'functions', 'left-out.mjs');
mkdirSync(out, { recursive: true });

/**
 * An AWS client has a class for each error of each command of its service, used or not: half of its code, all of it read
 * at a cold start. Without the classes the same errors come as the service's base class, with name, message and status.
 * Only DynamoDB's are told apart by their class here.
 */
const withoutErrorClasses = {
  name: 'without-error-classes',
  setup: ({ onLoad }) =>
    onLoad(
      { filter: /client-(cloudwatch|cloudwatch-logs|ecs|secrets-manager|sqs|ssm)\/dist-es\/schemas\/schemas_0\.js$/ },
      ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(/^n0_registry\.registerError\(.*\);$/gm, ''),
      }),
    ),
};

/** What is imported late is a file of its own beside `index.js`: a cold start does not read it. */
const late = {
  name: 'late',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/explain\/on-aws\.js$/ }, () => ({ path: './explain.js', external: true })),
};

/** The files of each zip, with what they are made from. */
const ZIPS = {
  notifier: { 'index.js': 'notifier/index.ts', 'explain.js': 'notifier/explain/on-aws.ts' },
  watcher: { 'index.js': 'watcher/index.ts' },
};

async function bundle(source) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/${source}`],
    outfile: 'index.js',
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // The default takes `main` first, whose CommonJS cannot be pruned.
    mainFields: ['module', 'main'],
    // The first `import()` would start Node's other module loader: it becomes a `require`.
    supported: { 'dynamic-import': false },
    // The SDK only asks whether a body is one, which never is so here, and asking loads all of Node's web streams.
    define: { ReadableStream: 'undefined' },
    alias: { '@aws-sdk/credential-provider-node': leftOut, '@smithy/core/event-streams': leftOut },
    plugins: [withoutErrorClasses, late],
    legalComments: 'none',
    write: false,
  });
  return outputFiles[0].contents;
}

for (const [name, files] of Object.entries(ZIPS)) {
  const bundles = await Promise.all(Object.entries(files).map(async ([file, source]) => [file, await bundle(source)]));
  const dated = bundles.map(([file, code]) => [file, [code, { mtime: '1980-01-01T00:00:00', level: 9 }]]);
  const zip = zipSync(Object.fromEntries(dated));
  // Whoever reads the zip meanwhile finds the old one or the new one, whole.
  const unfinished = join(out, `${name}.zip.${process.pid}`);
  writeFileSync(unfinished, zip);
  renameSync(unfinished, join(out, `${name}.zip`));
}
