// What the materialize consumer writes to: a table of the latest value per key.

import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import type { KafkaConsumers } from '../../kafka-consumers.ts';

/** Adds the materialize consumer, its table, and the right to write items there. */
export function addMaterialize(consumers: KafkaConsumers, definition: ConsumerDefinition): KafkaConsumer {
  const stack = Stack.of(consumers);
  const { removalPolicy } = consumers;
  const table = new Table(stack, 'MaterializeTable', {
    partitionKey: { name: 'key', type: AttributeType.STRING }, // the record's key
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'expiresAt', // takes away the marker that a tombstone leaves
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
    removalPolicy,
  });
  new CfnOutput(stack, 'MaterializeTableName', { value: table.tableName });
  const consumer = consumers.add(definition, { environment: { MATERIALIZE_TABLE: table.tableName } });
  consumer.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      sid: 'WriteItems',
      // A put under a condition says by itself whether it was newer: nothing is read, nothing deleted.
      actions: ['dynamodb:PutItem'],
      resources: [table.tableArn],
    }),
  );
  return consumer;
}
