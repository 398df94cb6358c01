const Sequencer = require('@jest/test-sequencer').default;

/** Starts what takes longest first: what is left is done beside it. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const isLongest = ({ path }) => path.endsWith('thread.test.ts');
    return [...tests].sort((one, other) => isLongest(other) - isLongest(one));
  }
};
