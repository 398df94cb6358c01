import { awsCli, functionNode, python } from './tools';

/** Before the first test: two that need the same would install it both. */
export default function install(): void {
  python();
  functionNode();
  awsCli();
}
