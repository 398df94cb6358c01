import { type FunctionCall, functionCalls } from '../launcher';
import { type Permitted, permitted, refused, unused } from '../least-privilege';
import { PROD, STACKS, type Stage } from '../stage';
import type { Group } from './group';

const POLLING =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-lambda-function-trigger.html';
const LOGGING = 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html';

/**
 * What Lambda does in a function's name, so that no function asks for it itself; and the page that says so. No function is
 * in a VPC here, and what `kms:Decrypt` is for is seen in the call that needs it.
 */
const LAMBDA_NEEDS: Readonly<Record<string, string>> = {
  'notifier sqs:ReceiveMessage': POLLING,
  'notifier sqs:DeleteMessage': POLLING,
  'notifier sqs:GetQueueAttributes': POLLING,
  'notifier logs:CreateLogStream': LOGGING,
  'notifier logs:PutLogEvents': LOGGING,
  'watcher logs:CreateLogStream': LOGGING,
  'watcher logs:PutLogEvents': LOGGING,
};

/** What the functions asked of AWS in all tests before, against what their policies allow: the emulator enforces none. */
export function theLeastPrivilege(stage: Stage): Group {
  const run = () => {
    let functions: readonly Permitted[] = [];
    let calls: readonly FunctionCall[] = [];

    test('is known of each function, and each asked something', async () => {
      functions = STACKS.flatMap((stack) => permitted(stage.world.deployed(stack)));
      calls = await functionCalls(stage.world.as(PROD));
      const asked = new Set(calls.map((call) => call.function));

      expect(functions.filter(({ statements }) => statements.length === 0)).toEqual([]);
      expect(asked).toEqual(new Set(functions.map(({ arn }) => arn)));
    });

    test('allows all that the functions ask for', () => expect(refused(functions, calls)).toEqual([]));

    test('allows nothing else, but what Lambda needs', () => {
      const all = unused(functions, calls);
      const isLambdas = ({ kind, action }: (typeof all)[number]) => `${kind} ${action}` in LAMBDA_NEEDS;

      expect(all.filter((one) => !isLambdas(one))).toEqual([]);
      expect(new Set(all.map(({ kind, action }) => `${kind} ${action}`))).toEqual(new Set(Object.keys(LAMBDA_NEEDS)));
    });
  };
  return { name: 'least privilege', before: async () => {}, run };
}
