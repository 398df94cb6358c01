/**
 * Builds one zip per function: `dist/functions/NAME.zip`. The same source gives the same bytes on every machine: a
 * fixed date, no paths, the compiler's version locked.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'dist', 'functions');
mkdirSync(out, { recursive: true });

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
    legalComments: 'none',
    write: false,
  });
  const zip = zipSync({ 'index.js': [outputFiles[0].contents, { mtime: '1980-01-01T00:00:00', level: 9 }] });
  // Whoever reads the zip meanwhile finds the old one or the new one, whole.
  const unfinished = join(out, `${name}.zip.${process.pid}`);
  writeFileSync(unfinished, zip);
  renameSync(unfinished, join(out, `${name}.zip`));
}
