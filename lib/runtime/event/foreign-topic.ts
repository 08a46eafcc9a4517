// Notices records of another topic than the definition's. CloudFormation takes a change of a mapping's topic, says that it is
// done, and the mapping goes on with the old one (cloudformation-coverage-roadmap issue 2140).

import type { LineLogger } from '../../telemetry/log.ts';

/** Looks at the topic of an invocation's first record; a mapping has one topic, so that the others have the same. Warns once. */
export function createTopicCheck(
  expected: string,
  logger: Pick<LineLogger, 'warn'>,
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
