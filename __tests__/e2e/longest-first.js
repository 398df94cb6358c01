const Sequencer = require('@jest/test-sequencer').default;

/** Starts what takes longest first: what is left is done beside it. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => /(thread|package|upgrade)\.test\.ts$/.test(path);
    const isLongest = ({ path }) => path.endsWith('thread.test.ts');
    const weight = (test) => Number(isLong(test)) + Number(isLongest(test));
    return [...tests].sort((one, other) => weight(other) - weight(one));
  }
};
