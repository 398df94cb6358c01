/**
 * Put by build.mjs in the place of those parts of the AWS SDK that are never reached in Lambda, and that cost a fifth
 * of the code: credentials from anywhere but the environment, streams of events.
 */
const leftOut = (name) => () => {
  throw new Error(`${name} is not part of this bundle: see functions/build.mjs`);
};

export const defaultProvider = leftOut('@aws-sdk/credential-provider-node');
export const EventStreamSerde = leftOut('@smithy/core/event-streams');
export const eventStreamSerdeProvider = EventStreamSerde;
/** Only sets up what is never used then. */
export const resolveEventStreamSerdeConfig = (config) => config;
