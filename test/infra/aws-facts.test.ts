// Facts about AWS that this project has to keep, each with the rule, the default or the test that keeps it. A fact without one
// would be known and not heeded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultVersion, isRefused } from '../../infra/cluster/kafka-version.ts';
import { bundleSettings } from '../../infra/function/bundle-settings.ts';
import { defaultRuntime } from '../../infra/function/consumer-function.ts';
import { rules, type RuleId } from '../../infra/rules/rules.ts';
import { preflightExclusions } from '../../infra/rule-packs/cdk-preflight.ts';
import { createOnly } from '../../tools/diff/create-only.ts';
import { readMapping } from '../../tools/local/mapping/mapping.ts';
import { findTest, hasText } from '../support/test-names.ts';

/** What keeps a fact: a rule by its name, a test by file and whole name, or a setting that is looked at here. */
interface Keeper {
  readonly rule?: RuleId;
  readonly test?: readonly [file: string, name: string];
  /** The case of a test that runs through a table: text of the file that has the table. */
  readonly tableCase?: readonly [file: string, text: string];
  readonly setting?: () => void;
}

interface Fact {
  readonly fact: string;
  readonly keptBy: readonly [Keeper, ...Keeper[]];
}

const mapping = 'AWS::Lambda::EventSourceMapping';

function toDefinitionLimit(path: string, min: number, max: string): Keeper {
  const range = `${path} from ${min} to ${max.replace('_', '')}`;
  const file = 'lib/definition/define-consumer.test.ts';
  return {
    test: [file, `takes ${range} and refuses what lies outside, naming field, value and range`],
    tableCase: [file, `['${path}', ${min}, ${max}],`],
  };
}

const facts: readonly Fact[] = [
  {
    fact: 'Express clusters take Kafka 3.8.x, 3.9.x.kraft and 4.2.x.kraft; 3.9.x is refused',
    keptBy: [
      {
        setting() {
          assert.equal(defaultVersion('express'), '3.9.x.kraft');
          assert.deepEqual(
            ['3.8.x', '3.9.x.kraft', '4.2.x.kraft', '3.9.x'].map((each) => isRefused(each, 'express')),
            [false, false, false, true],
          );
        },
      },
      { test: ['infra/cluster/kafka-cluster.test.ts', 'asks for a version that MSK runs on the brokers'] },
    ],
  },
  {
    fact: 'X-Ray does not trace functions behind Kafka mappings',
    keptBy: [{ rule: 'TRACING_NOT_FOR_KAFKA' }],
  },
  {
    fact: 'a cluster of another account is reached by a VPC connection, with kafka:DescribeVpcConnection',
    keptBy: [
      { rule: 'CLUSTER_POLICY_UNSEEN' },
      { rule: 'SOURCE_ELSEWHERE' },
      {
        test: [
          'infra/source/source-grants.test.ts',
          'grants MskElsewhereByDefault what it takes, and nothing else',
        ],
        tableCase: ['infra/source/source-cases.ts', '`kafka:DescribeVpcConnection on ${vpcConnectionArn}`'],
      },
    ],
  },
  {
    fact: 'source, starting position and group are create-only, and a replaced mapping meets its own group: 409',
    keptBy: [
      { rule: 'START_TIME_MOVES' },
      {
        setting() {
          assert.deepEqual(createOnly[mapping]?.toSorted(), [
            'AmazonManagedKafkaEventSourceConfig',
            'EventSourceArn',
            'SelfManagedEventSource',
            'SelfManagedKafkaEventSourceConfig',
            'StartingPosition',
            'StartingPositionTimestamp',
          ]);
        },
      },
      {
        test: ['tools/diff/compare.test.ts', 'names the 409, the group that is held, and two ways round it'],
      },
    ],
  },
  {
    fact: 'CloudFormation takes a changed topic, and the mapping goes on with the old one',
    keptBy: [
      {
        test: ['tools/diff/compare.test.ts', 'finds what breaks with the topic'],
        tableCase: [
          'tools/diff/compare.test.ts',
          "['the topic', set('Mapping', { Topics: ['orders.v2'] }), ['topic-ignored Mapping']]",
        ],
      },
      {
        test: [
          'tools/diff/deployed.test.ts',
          'predicts nine changes of a deployed app before the deployment shows them',
        ],
        tableCase: ['tools/diff/deployed.test.ts', "predicted: ['topic-ignored Mapping']"],
      },
      { test: ['lib/runtime/outcome/whole-batch.test.ts', 'warns once of records of another topic'] },
    ],
  },
  {
    fact: 'the 409 names event source and group together; one group on two clusters may be acknowledged',
    keptBy: [{ rule: 'GROUP_NOT_UNIQUE' }],
  },
  {
    fact: "a dashboard's name counts in the account, not in the Region",
    keptBy: [
      {
        test: [
          'infra/monitoring/dashboard/consumers-dashboard.test.ts',
          'is named by its Region too, since its name counts in the whole account',
        ],
      },
    ],
  },
  {
    fact: "provisioned pollers of a self-managed source in private subnets call Lambda, STS and the destination's service",
    keptBy: [
      {
        test: [
          'infra/network/network-preflight.test.ts',
          'asks for Lambda, STS and the destination for provisioned pollers of a self-managed source in a VPC',
        ],
      },
    ],
  },
  {
    fact: 'queue mode is for self-managed Kafka, without start, window and order',
    keptBy: [
      { rule: 'QUEUE_NEEDS_SELF_MANAGED' },
      { rule: 'QUEUE_HAS_NO_STARTING_POSITION' },
      { rule: 'QUEUE_HAS_NO_WINDOW' },
      { rule: 'QUEUE_HAS_NO_ORDER' },
    ],
  },
  {
    fact: 'a poller group holds at most 100 mappings; provisioned pollers are 1 to 200 where nothing else is said',
    keptBy: [
      { rule: 'POLLER_GROUP_TOO_LARGE' },
      {
        setting() {
          const plain = { Topics: ['orders'], StartingPosition: 'LATEST', EventSourceArn: 'arn:aws:kafka:x' };
          const names = {
            logicalId: 'Mapping',
            functionName: 'orders',
            consumer: 'orders',
            stackName: 'App',
          };
          const read = (config: object): unknown =>
            readMapping(names, { ...plain, ProvisionedPollerConfig: config }).provisioned;
          assert.deepEqual(read({ MinimumPollers: 1 }), { minPollers: 1, maxPollers: 200 });
          assert.deepEqual(read({ MaximumPollers: 9 }), { minPollers: 1, maxPollers: 9 });
        },
      },
    ],
  },
  {
    fact: 'a Kafka destination has at least 12 characters, kafka:// included',
    keptBy: [
      {
        test: [
          'infra/props-check.test.ts',
          'names onFailure.topic beyond its limit, and takes it at its limit (…)',
        ],
        tableCase: [
          'infra/props-check.test.ts',
          "{ onFailure: { type: 'kafka-topic', topic: 'dlq' } }, { onFailure: { type: 'kafka-topic', topic: 'dlqs' } }",
        ],
      },
    ],
  },
  {
    fact: "AWS's SQS redrive does not take the queue of a mapping's destination",
    keptBy: [
      {
        test: [
          'e2e/dead-letters.test.ts',
          'counts what all places hold, and reads from Kafka what queues only name',
        ],
      },
      {
        test: [
          'e2e/dead-letters.test.ts',
          'plans before it sends, and sends what is mended, once, each place marked as resolved',
        ],
      },
    ],
  },
  {
    fact: 'on Managed Instances invocations overlap in one process of at least 2 GB, and Kafka mappings may target them',
    keptBy: [{ rule: 'MANAGED_INSTANCES_MEMORY' }, { rule: 'MANAGED_INSTANCES_LOGS' }],
  },
  {
    fact: 'a mapping waits for a durable execution, and starts another one with each retry; a name starts one only once',
    keptBy: [
      {
        test: ['docs/code-blocks.test.ts', 'gives a record one name of an execution, however often it comes'],
      },
    ],
  },
  {
    fact: 'Node 26 is in preview, Node 20 deprecated',
    keptBy: [
      { rule: 'RUNTIME_NOT_SUPPORTED' },
      { setting: () => assert.equal(defaultRuntime.name, 'nodejs24.x') },
    ],
  },
  {
    fact: 'the next window begins when the invocation before has ended; 10,000 records, 6 MB, 300 s and 14 minutes are unchanged',
    keptBy: [
      {
        test: [
          'tools/local/batch-builder.test.ts',
          'holds all partitions of a batch back until it has ended, and opens the next window then',
        ],
      },
      { rule: 'TIMEOUT_ABOVE_MAPPING_LIMIT' },
      { rule: 'RECORD_ABOVE_EVENT_LIMIT' },
      toDefinitionLimit('batch.maxRecords', 1, '10_000'),
      toDefinitionLimit('batch.maximumBatchingWindowSeconds', 0, '300'),
    ],
  },
  {
    fact: "cdk-preflight's rule against halving is wrong about Kafka",
    keptBy: [
      { setting: () => assert.ok('pf-lambda-esm-bisect-batch-stream-only' in preflightExclusions) },
      { test: ['infra/rule-packs/cdk-preflight.test.ts', 'still needs each exclusion'] },
    ],
  },
  {
    fact: 'an app of cdk init has no module type, and its tests load CommonJS',
    keptBy: [
      { test: ['packages/apps.test.ts', 'has functions that run, in either module system, minified or not'] },
      {
        test: ['packages/apps.test.ts', 'runs a consumer, imported or required or both, on Node 22'],
        tableCase: ['packages/apps.test.ts', 'for (const major of [20, 22, 24] as const)'],
      },
    ],
  },
  {
    fact: "the AWS SDK is in Lambda's Node runtimes and left out of assets",
    keptBy: [
      { setting: () => assert.ok(bundleSettings.external.includes('@aws-sdk/*')) },
      {
        test: [
          'tools/local/sandbox/sandbox.test.ts',
          'finds the AWS SDK outside the asset, and nothing else that the asset lacks',
        ],
      },
    ],
  },
  {
    fact: "serializers may put a schema's id or GUID into a header",
    keptBy: [
      {
        test: [
          'lib/format/registry/confluent-headers.test.ts',
          'reads a value with the schema that a header names, by its GUID or its id',
        ],
      },
    ],
  },
];

test('tells a test from text, and a test of a table from one of its own', () => {
  const own = 'infra/aws-facts.test.ts';
  assert.equal(findTest(own, 'tells a test from text, and a test of a table from one of its own'), 'its own');
  assert.equal(findTest(own, 'keeps: what there is'), 'of a table');
  assert.equal(findTest(own, 'X-Ray does not trace functions behind Kafka mappings'), undefined);
});

for (const { fact, keptBy } of facts) {
  test(`keeps: ${fact}`, () => {
    for (const { rule, test: kept, tableCase, setting } of keptBy) {
      if (rule !== undefined) assert.ok(rules[rule].proofs.length > 0, rule);
      setting?.();
      if (kept === undefined) continue;
      const [file, name] = kept;
      const found = findTest(file, name);
      assert.ok(found !== undefined, `${file} has no test "${name}"`);
      if (found === 'its own' && tableCase === undefined) continue;
      const [table, text] = tableCase ?? assert.fail(`${file}: say which case of its table is meant`);
      assert.ok(hasText(table, text), `${table} has no case ${text}`);
    }
  });
}
