// One consumer as AWS runs it: its function, the mapping that feeds it, its log group, and a role that may do exactly
// what the two need. Everything that the definition says is taken from the definition.

import { Stack, Token, type RemovalPolicy } from 'aws-cdk-lib';
import {
  PolicyStatement,
  Role,
  ServicePrincipal,
  type IGrantable,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnEventSourceMapping, type Function } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ConsumerDefinition } from '../lib/definition/define-consumer.ts';
import { addFunction, type FunctionOptions } from './function/consumer-function.ts';
import { deadLetterStatements, destinationStatements, type Destination } from './mapping/destination.ts';
import { assertOneCdk } from './one-cdk.ts';
import { toMapping, withOverrides, type MappingOptions, type MappingProperties } from './mapping/mapping.ts';
import { claimGroup, findGroupOwner } from './mapping/consumer-group.ts';
import { checkProps } from './props-check.ts';
import { checkRules, type Acknowledgements } from './rules/rule-violation.ts';
import { rootStackName } from './root-stack-name.ts';
import { registryStatements } from './mapping/schema-registry.ts';
import { sourceStatements } from './source/source-grants.ts';
import type { KafkaSource } from './source/source.ts';

/** What may be chosen per consumer beyond its definition; every field is optional. */
export interface ConsumerOptions extends MappingOptions, FunctionOptions {
  /** How long log lines are kept. Default one month. */
  readonly logRetention?: RetentionDays;
  /** The key of the log group; its policy lets `logs.<region>.amazonaws.com` use it. Default CloudWatch's own. */
  readonly logKey?: IKey;
  /** The topic's partitions, 1 or more, when known: more pollers than these are refused. Default unknown. */
  readonly partitions?: number;
  /** The largest value that producers may send, bytes as they are in Kafka, when known. Default unknown. */
  readonly maxRecordBytes?: number;
  /** Rules that this consumer may break, each with the reason. Default none. */
  readonly acknowledge?: Acknowledgements;
}

/** A consumer: what it is, what it reads from, and its options. */
export interface KafkaConsumerProps extends ConsumerOptions {
  /** What `defineConsumer()` made. */
  readonly definition: ConsumerDefinition;
  /** The file that exports `handler`, an absolute path. */
  readonly entry: string;
  readonly source: KafkaSource;
  /** Takes the dead letters of the function and, without `onFailure`, the failed batches of the mapping. */
  readonly deadLetterBucket: IBucket;
  /** What the log group does when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /** Variables that the handler reads, beside those that every consumer has. Default none. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A function that is fed one Kafka topic, as its definition says. */
export class KafkaConsumer extends Construct implements IGrantable {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  readonly function: Function;
  readonly mapping: CfnEventSourceMapping;
  /** The mapping's properties as AWS gets them, overrides included; all but its function. */
  readonly mappingProperties: MappingProperties;
  readonly grantPrincipal: IPrincipal;
  /** The consumer group that the mapping reads and commits as. */
  readonly groupId: string;
  /** Where the mapping puts what it gives up. */
  readonly onFailure: Destination;

  /** @throws CdkCopyError `SECOND_CDK_COPY`, PropsError `INVALID_PROPS`, RuleViolationError `RULE_VIOLATION` for what AWS would take and not do */
  constructor(scope: Construct, id: string, props: KafkaConsumerProps) {
    super(scope, id);
    assertOneCdk(scope);
    const { definition, deadLetterBucket } = props;
    this.definition = definition;
    this.source = props.source;
    this.groupId = props.groupId ?? `${rootStackName(this)}-${definition.name}`;
    checkProps(definition.name, { ...props, groupId: this.groupId });
    this.onFailure = props.onFailure ?? { type: 's3', bucket: deadLetterBucket };
    const input = { definition, source: props.source, groupId: this.groupId, onFailure: this.onFailure };
    const mapping = withOverrides(toMapping({ ...input, options: props }), props.overrides);
    this.mappingProperties = mapping;
    const { account, region } = Stack.of(this);
    checkRules(
      {
        ...input,
        mapping,
        overrides: props.overrides ?? {},
        partitions: props.partitions,
        maxRecordBytes: props.maxRecordBytes,
        account: Token.isUnresolved(account) ? undefined : account,
        region: Token.isUnresolved(region) ? undefined : region,
        groupOwner: findGroupOwner(this, this.groupId),
        now: Date.now(),
      },
      props.acknowledge,
    );
    claimGroup(this, this.groupId);

    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy,
      ...(props.logKey === undefined ? {} : { encryptionKey: props.logKey }),
    });
    const role = this.#addRole(props, logGroup);
    this.grantPrincipal = role;
    this.function = addFunction(this, props, role, logGroup);
    this.mapping = this.#addMapping(mapping, props.acknowledge);
  }

  // A role of our own: the one that CDK would make, and the one that AWS proposes for MSK, reach every log group, every
  // cluster and every network interface.
  #addRole(props: KafkaConsumerProps, logGroup: LogGroup): Role {
    const { definition, source, deadLetterBucket } = props;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const reading = { topic: definition.topic, groupId: this.groupId };
    // The grant for failed batches covers the whole bucket, and so the function's own dead letters in it.
    const isShared = this.onFailure.type === 's3' && this.onFailure.bucket === deadLetterBucket;
    for (const statement of [
      writeLogs(logGroup),
      ...(isShared ? [] : deadLetterStatements(deadLetterBucket, definition.name)),
      ...destinationStatements(this.onFailure, source),
      ...sourceStatements(source, reading, Stack.of(this)),
      ...registryStatements(definition, props.schemaRegistry, props.handlerRegistry),
    ]) {
      role.addToPolicy(statement);
    }
    return role;
  }

  // The resource itself, not CDK's EventSourceMapping: an override may name any property, also one that CDK does not
  // know yet, and the rules have judged exactly this.
  #addMapping(
    properties: ReturnType<typeof withOverrides>,
    acknowledge: Acknowledgements = {},
  ): CfnEventSourceMapping {
    const mapping = new CfnEventSourceMapping(new Construct(this, 'Mapping'), 'Resource', {
      functionName: this.function.functionName,
    });
    for (const [name, value] of Object.entries(properties)) mapping.addPropertyOverride(name, value);
    // Who reads the template sees what was allowed, and why.
    if (Object.keys(acknowledge).length > 0) mapping.addMetadata('tailrace:acknowledged', acknowledge);
    return mapping;
  }
}

function writeLogs(logGroup: LogGroup): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteLogs',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}
