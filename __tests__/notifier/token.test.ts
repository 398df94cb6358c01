import { tokenReader } from '../../functions/notifier/token';

function aReader(answers: readonly (string | Error)[]) {
  const left = [...answers];
  let reads = 0;
  const parameter = async () => {
    reads += 1;
    const answer = left.length > 1 ? left.shift() : left[0];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const token = tokenReader({ source: async () => ({ parameter: '/token' }), parameter, secret: parameter });
  return { token, reads: () => reads };
}

test('reads the token once, also for two who ask at once', async () => {
  const { token, reads } = aReader([' xoxb-1\n', 'xoxb-2']);

  expect(await Promise.all([token({ fresh: false }), token({ fresh: false })])).toEqual(['xoxb-1', 'xoxb-1']);
  expect(await token({ fresh: false })).toBe('xoxb-1');
  expect(reads()).toBe(1);
});

test('reads it again when it may have been rotated', async () => {
  const { token } = aReader(['xoxb-1', 'xoxb-2']);
  await token({ fresh: false });

  expect(await token({ fresh: true })).toBe('xoxb-2');
  expect(await token({ fresh: false })).toBe('xoxb-2');
});

test('asks again after a failure', async () => {
  const { token } = aReader([new Error('throttled'), 'xoxb-1']);

  await expect(token({ fresh: false })).rejects.toThrow('throttled');
  expect(await token({ fresh: false })).toBe('xoxb-1');
});
