// Topics of a cluster as plain data, and what of them AWS would refuse only after a quarter of an hour of deployment.

import type { Problem } from '../props-error.ts';

/** A topic to create. */
export interface TopicSettings {
  /** Name of the topic, 1..249 characters a-z A-Z 0-9 . _ - */
  readonly name: string;
  /** Number of partitions, 1 or more. You can add partitions later, but not remove them. */
  readonly partitions: number;
  /**
   * Replicas of each partition, 1 to the number of brokers; Express needs at least 3. Default 3, or the number of brokers if there
   * are fewer.
   */
  readonly replicationFactor?: number;
  /** Settings of the topic, with Kafka's names, such as `retention.ms`. Default the cluster's. */
  readonly config?: Readonly<Record<string, string>>;
  /** Whether to create a dead-letter topic `<name>.dead-letter` too, with the same settings except `config`. Default false. */
  readonly deadLetter?: boolean;
}

const namePattern = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
const configPattern = /^[a-z][a-z0-9.]*$/;

/** The name of the topic for what consumers of `topic` give up. */
function toDeadLetterTopic(topic: string): string {
  return `${topic}.dead-letter`;
}

/** Every topic to make, dead-letter topics included. */
export function expandTopics(topics: readonly TopicSettings[]): readonly TopicSettings[] {
  return topics.flatMap(({ deadLetter, ...topic }) =>
    deadLetter === true
      ? [topic, { ...topic, name: toDeadLetterTopic(topic.name), config: undefined }]
      : [topic],
  );
}

/** What is wrong with topics on a cluster that takes `replicas` copies of a partition. */
export function findTopicProblems(
  topics: readonly TopicSettings[],
  [minReplicas, maxReplicas]: readonly [min: number, max: number],
): Problem[] {
  const names = new Set<string>();
  return expandTopics(topics).flatMap(({ name, partitions, replicationFactor, config = {} }) => {
    const field = `topics[${JSON.stringify(name)}]`;
    const problems: Problem[] = [];
    if (!namePattern.test(name))
      problems.push({ field, got: name, expected: '1..249 characters a-z A-Z 0-9 . _ -' });
    if (names.has(name)) problems.push({ field, got: 'the name a second time', expected: 'each name once' });
    names.add(name);
    if (!isWithin(partitions, 1, Number.MAX_SAFE_INTEGER))
      problems.push({
        field: `${field}.partitions`,
        got: partitions,
        expected: 'a whole number of 1 or more',
      });
    if (replicationFactor !== undefined && !isWithin(replicationFactor, minReplicas, maxReplicas)) {
      const expected = `a whole number ${minReplicas}..${maxReplicas}, by the number and kind of brokers`;
      problems.push({ field: `${field}.replicationFactor`, got: replicationFactor, expected });
    }
    for (const [key, value] of Object.entries(config)) {
      if (configPattern.test(key) && !/[\r\n]/.test(value)) continue;
      const expected = "one of Kafka's names for topic settings, and one line";
      problems.push({ field: `${field}.config[${JSON.stringify(key)}]`, got: value, expected });
    }
    return problems;
  });
}

/** Topic settings as `AWS::MSK::Topic` takes them: lines of `name=value`, in base64. */
export function toConfigs(config: Readonly<Record<string, string>>): string {
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value}`);
  return Buffer.from(lines.join('\n')).toString('base64');
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
