import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { functionZip } from '../constructs/function-zip';

/** The very zip that is deployed, unpacked into the folder. Returns its `index.js`. */
export function unzipFunction(name: 'notifier' | 'watcher', folder: string): string {
  const files = unzipSync(readFileSync(functionZip(name)));
  for (const [file, code] of Object.entries(files)) writeFileSync(join(folder, file), code);
  return join(folder, 'index.js');
}
