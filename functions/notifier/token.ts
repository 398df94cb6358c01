import type { TokenSource } from '../settings';
import { PermanentError } from './deliver/errors';

/** Reads the Slack bot token and keeps it for the life of the process; `fresh` reads it again. */
export function tokenReader(read: {
  readonly source: () => Promise<TokenSource>;
  readonly parameter: (name: string) => Promise<string | undefined>;
  readonly secret: (arn: string) => Promise<string | undefined>;
}): (options: { readonly fresh: boolean }) => Promise<string> {
  let token: Promise<string> | undefined;
  return ({ fresh }) => {
    if (token !== undefined && !fresh) return token;
    const begun = readToken(read);
    token = begun;
    begun.catch(() => {
      if (token === begun) token = undefined;
    });
    return begun;
  };
}

async function readToken({ source, parameter, secret }: Parameters<typeof tokenReader>[0]): Promise<string> {
  const from = await source();
  const place = 'parameter' in from ? `SSM parameter ${from.parameter}` : `secret ${from.secretArn}`;
  try {
    const value = 'parameter' in from ? await parameter(from.parameter) : await secret(from.secretArn);
    if (value === undefined || value.trim() === '')
      throw new PermanentError(`${place} is empty: store the bot token in it`);
    return value.trim();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const missing = name === 'ParameterNotFound' || name === 'ResourceNotFoundException';
    if (missing) throw new PermanentError(`${place} is not there: store the bot token in it`, { cause: error });
    const denied = name === 'AccessDeniedException';
    if (denied) throw new PermanentError(`the notifier may not read ${place}: check its key policy`, { cause: error });
    throw error;
  }
}
