// Facts about AWS that this project has to keep, each with the rule, the default or the test that keeps it. A fact without one
// would be known and not heeded.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultVersion, isRefused } from '../../infra/cluster/kafka-version.ts';
import { defaultRuntime } from '../../infra/function/consumer-function.ts';
import { rules, type RuleId } from '../../infra/rules/rules.ts';
import { preflightExclusions } from '../../infra/rule-packs/cdk-preflight.ts';
import { createOnly } from '../../tools/diff/create-only.ts';

/** What keeps a fact: a rule by its name, a test by file and name, or a setting that is looked at here. */
interface Keeper {
  readonly rule?: RuleId;
  readonly test?: readonly [file: string, name: string];
  readonly setting?: () => void;
}

interface Fact {
  readonly fact: string;
  readonly keptBy: readonly [Keeper, ...Keeper[]];
}

const mapping = 'AWS::Lambda::EventSourceMapping';

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
      { test: ['infra/source/source-cases.ts', 'kafka:DescribeVpcConnection on'] },
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
      { test: ['tools/diff/deployed.test.ts', 'topic-ignored Mapping'] },
      { test: ['lib/runtime/whole-batch.test.ts', 'warns once of records of another topic'] },
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
    fact: 'a poller group holds at most 100 mappings',
    keptBy: [{ rule: 'POLLER_GROUP_TOO_LARGE' }],
  },
  {
    fact: 'a Kafka destination has at least 12 characters, kafka:// included',
    keptBy: [{ test: ['infra/props-check.test.ts', "'onFailure.topic'"] }],
  },
  {
    fact: "AWS's SQS redrive does not take the queue of a mapping's destination",
    keptBy: [
      {
        test: [
          'tools/dead-letters/redrive/send.test.ts',
          'sends every record once, and those of one key in the order of their offsets',
        ],
      },
    ],
  },
  {
    fact: 'invocations overlap in one process on Managed Instances, and Kafka mappings for them are not documented',
    keptBy: [{ rule: 'MANAGED_INSTANCES_OVERLAP' }],
  },
  {
    fact: 'Node 26 is in preview, Node 20 deprecated',
    keptBy: [
      { rule: 'RUNTIME_NOT_SUPPORTED' },
      { setting: () => assert.equal(defaultRuntime.name, 'nodejs24.x') },
    ],
  },
  {
    fact: 'the next window begins when the invocation before has ended; 6 MB, 300 s and 14 minutes are unchanged',
    keptBy: [{ rule: 'TIMEOUT_ABOVE_MAPPING_LIMIT' }, { rule: 'RECORD_ABOVE_EVENT_LIMIT' }],
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
    keptBy: [{ test: ['packages/apps.test.ts', 'has functions that run, in either module system'] }],
  },
  {
    fact: "the AWS SDK is in Lambda's Node runtimes and left out of assets",
    keptBy: [{ test: ['tools/local/sandbox/sandbox.test.ts', 'finds the AWS SDK outside the asset'] }],
  },
  {
    fact: "serializers may put a schema's id or GUID into a header",
    keptBy: [
      {
        test: [
          'lib/format/confluent-headers.test.ts',
          'reads a value with the schema that a header names, by its GUID or its id',
        ],
      },
    ],
  },
];

for (const { fact, keptBy } of facts) {
  test(`keeps: ${fact}`, () => {
    for (const { rule, test: kept, setting } of keptBy) {
      if (rule !== undefined) assert.ok(rules[rule].proofs.length > 0, rule);
      setting?.();
      if (kept === undefined) continue;
      const [file, name] = kept;
      const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
      assert.ok(text.includes(name), `${file} has no test "${name}"`);
    }
  });
}
