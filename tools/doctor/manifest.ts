import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Manifest {
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
}

/** The scopes that the bot token has to have: those of the Slack app's manifest. */
export function manifestScopes(): readonly string[] {
  const manifest = parse(readFileSync(join(__dirname, '..', '..', 'slack-app-manifest.yaml'), 'utf8')) as Manifest;
  return manifest.oauth_config.scopes.bot;
}
