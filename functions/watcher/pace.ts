/**
 * Milliseconds between two calls of ECS. DescribeServices and ListServices share a bucket of 100 tokens that gets 20 a
 * second, over the whole account and region: this takes a fifth of what flows in and nothing of what is stored.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
export const INTERVAL_MS = 250;
