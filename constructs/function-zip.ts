import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Path of the built function `name`; the same place in a checkout and in the published package. */
export function functionZip(name: string): string {
  const zip = join(packageRoot(__dirname), 'dist', 'functions', `${name}.zip`);
  if (!existsSync(zip)) throw new Error(`${zip} is missing: run \`npm run build:functions\``);
  return zip;
}

/** How Lambda tells that its code is another one. */
export function functionHash(name: string): string {
  return createHash('sha256')
    .update(readFileSync(functionZip(name)))
    .digest('base64');
}

function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder)
    throw new Error(`no package.json stands above ${__dirname}: is it bundled? It has to be left as it is`);
  return packageRoot(above);
}
