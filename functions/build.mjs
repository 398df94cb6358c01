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
    onLoad({ filter: /client-(ecs|secrets-manager|sqs|ssm)\/dist-es\/schemas\/schemas_0\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(/^n0_registry\.registerError\(.*\);$/gm, ''),
    })),
};

for (const name of ['notifier', 'watcher']) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/${name}/index.ts`],
    outfile: 'index.js',
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // The default takes `main` first, whose CommonJS cannot be pruned.
    mainFields: ['module', 'main'],
    // Nothing is left to import later, and the first `import()` would start Node's other module loader.
    supported: { 'dynamic-import': false },
    // The SDK only asks whether a body is one, which never is so here, and asking loads all of Node's web streams.
    define: { ReadableStream: 'undefined' },
    alias: { '@aws-sdk/credential-provider-node': leftOut, '@smithy/core/event-streams': leftOut },
    plugins: [withoutErrorClasses],
    legalComments: 'none',
    write: false,
  });
  const zip = zipSync({ 'index.js': [outputFiles[0].contents, { mtime: '1980-01-01T00:00:00', level: 9 }] });
  // Whoever reads the zip meanwhile finds the old one or the new one, whole.
  const unfinished = join(out, `${name}.zip.${process.pid}`);
  writeFileSync(unfinished, zip);
  renameSync(unfinished, join(out, `${name}.zip`));
}
