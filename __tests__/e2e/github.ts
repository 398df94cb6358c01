import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLS_FILE } from './emulators';

/** Names of variables that say who one is. */
export type Credentials = Readonly<Record<string, string>>;

/**
 * What GitHub's action does with the token of a job.
 *
 * @param subject what the token says of the job
 * @returns nothing, where AWS refuses it
 */
export async function assumedByGitHub(aws: string, role: string, subject: string): Promise<Credentials | undefined> {
  const xml = await post(aws, {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: 'GitHubActions',
    WebIdentityToken: tokenOf(subject),
  });
  const [id, secret, token] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(
    (name) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1],
  );
  if (id === undefined || secret === undefined || token === undefined) return undefined;
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token };
}

/** Nobody signs it: the emulator reads what it says. */
function tokenOf(sub: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'https://token.actions.githubusercontent.com', aud: 'sts.amazonaws.com', sub };
  return [part({ alg: 'none' }), part(claims), 'none'].join('.');
}

async function post(url: string, form: Readonly<Record<string, string>>): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, ca: readFileSync(TLS_FILE) }, (response) => {
      text(response).then(resolve, reject);
    });
    asked.once('error', reject).end(new URLSearchParams(form).toString());
  });
}
