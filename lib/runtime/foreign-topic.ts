// Notices records of another topic than the definition's. CloudFormation takes a change of a mapping's topic, says that it is
// done, and the mapping goes on with the old one (cloudformation-coverage-roadmap issue 2140).

import type { Logger } from '@aws-lambda-powertools/logger';

/** Looks at the topic of an invocation's first record; a mapping has one topic, so that the others have the same. Warns once. */
export function createTopicCheck(
  expected: string,
  logger: Pick<Logger, 'warn'>,
): (topic: string | undefined) => void {
  let isTold = false;
  return (topic) => {
    if (isTold || topic === undefined || topic === expected) return;
    isTold = true;
    logger.warn(
      'records are of another topic than the definition says, the mapping may still read its old one',
      {
        topic,
        expectedTopic: expected,
      },
    );
  };
}
