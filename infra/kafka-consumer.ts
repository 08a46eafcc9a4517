// One consumer as AWS runs it: its function, the mapping that feeds it, its log group, and a role that may do exactly
// what the two need. Everything that the definition says is taken from the definition.

import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal, type Grant, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ConsumerDefinition } from '../lib/definition/define-consumer.ts';
import { findMovedSettings } from '../lib/definition/measured-settings.ts';
import { addFunction, type FunctionOptions } from './function/consumer-function.ts';
import { grantStatements } from './function/role-grants.ts';
import { consumerEnvironment, setEnvironment } from './function/environment.ts';
import { findLogGroupName, readFunction, toDeployedFunction } from './function/function-facts.ts';
import { claimGroup, findGroupOwner, joinPollerGroup } from './mapping/consumer-group.ts';
import { resolveDestination, type ResolvedDestination } from './mapping/destination.ts';
import { countIdleCost } from './mapping/idle-cost.ts';
import { assertOneCdk } from './one-cdk.ts';
import { toMapping, withOverrides, type MappingOptions, type MappingProperties } from './mapping/mapping.ts';
import { permissionStatements, writeLogs } from './mapping/permissions.ts';
import { grantRedrive } from './mapping/redrive-grant.ts';
import type { HandlerRegistry } from './mapping/schema-registry.ts';
import { metricNames, runtimeMetric, toLag, type MetricName } from './monitoring/metrics.ts';
import { deadLetterExpirations, PrivateBucket } from './private-bucket.ts';
import { checkFunctionChoice, checkProps } from './props-check.ts';
import { rootStackName } from './root-stack-name.ts';
import { checkRules, type Acknowledgements } from './rules/rule-violation.ts';
import type { KafkaSource } from './source/source.ts';

/** Options of one consumer beyond its definition; every field is optional. */
export interface ConsumerOptions extends MappingOptions, FunctionOptions {
  /** How long CloudWatch keeps log lines. Default one month. */
  readonly logRetention?: RetentionDays;
  /** The KMS key of the log group; the key's policy must allow `logs.<region>.amazonaws.com` to use it. Default CloudWatch's own. */
  readonly logKey?: IKey;
  /** The number of the topic's partitions, if known, 1 or more; synth fails if there are more pollers than partitions. Default unknown. */
  readonly partitions?: number;
  /** The largest value that producers may send, if known, in bytes as stored in Kafka. Default unknown. */
  readonly maxRecordBytes?: number;
  /** The Confluent registry that the handler's formats fetch schemas from. Default none. */
  readonly handlerRegistry?: HandlerRegistry;
  /**
   * Receives the dead letters of the function and, without `onFailure`, the failed batches of the mapping. Default a new bucket
   * for this consumer.
   */
  readonly deadLetterBucket?: IBucket;
  /** What happens to log group and dead-letter bucket when the stack is deleted. Default `RemovalPolicy.RETAIN`. */
  readonly removalPolicy?: RemovalPolicy;
  /** Environment variables for the handler, in addition to those that every consumer has. Default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Rules that this consumer may break, each with the reason. Default none. */
  readonly acknowledge?: Acknowledgements;
}

/** A consumer: its definition, its source, and its options. */
export interface KafkaConsumerProps extends ConsumerOptions {
  /** The result of `defineConsumer()`. */
  readonly definition: ConsumerDefinition;
  /** The Kafka cluster to read from, and how to connect to it. */
  readonly source: KafkaSource;
  /** Absolute path of the file that exports `handler`; give either this or `function`. Default none. */
  readonly entry?: string;
  /**
   * An existing function, instead of one made from `entry`. Its memory size and timeout must be those of the definition; the
   * function options are not allowed. `KafkaConsumerSource` does the same through `fn.addEventSource()`. Default none.
   */
  readonly function?: IFunction;
}

/** A function that is fed one Kafka topic, as its definition says. */
export class KafkaConsumer extends Construct implements IGrantable {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  readonly function: IFunction;
  /** The function's log group; undefined for an existing function without one in the app. */
  readonly logGroup: ILogGroup | undefined;
  readonly mapping: CfnEventSourceMapping;
  /** The mapping's properties as AWS gets them, including overrides, without the function. */
  readonly mappingProperties: MappingProperties;
  readonly deadLetterBucket: IBucket;
  readonly grantPrincipal: IPrincipal;
  /** The consumer group that the mapping reads and commits as. */
  readonly groupId: string;
  /** The mapping's on-failure destination. */
  readonly onFailure: ResolvedDestination;

  /** @throws CdkCopyError `SECOND_CDK_COPY`, PropsError `INVALID_PROPS`, RuleViolationError `RULE_VIOLATION` for what AWS would take and not do */
  constructor(scope: Construct, id: string, props: KafkaConsumerProps) {
    super(scope, id);
    assertOneCdk(scope);
    const { definition, source } = props;
    this.definition = definition;
    this.source = source;
    this.groupId = props.groupId ?? `${rootStackName(this)}-${definition.name}`;
    checkFunctionChoice(definition.name, props);
    checkProps(definition.name, { ...props, groupId: this.groupId });
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.deadLetterBucket =
      props.deadLetterBucket ??
      new PrivateBucket(this, 'DeadLetterBucket', {
        removalPolicy,
        prefixExpirationDays: deadLetterExpirations,
      });
    const { fn, logGroup } = this.#addFunction(props, removalPolicy);
    this.function = fn;
    this.logGroup = logGroup;
    this.grantPrincipal = fn.grantPrincipal;
    this.mapping = new CfnEventSourceMapping(new Construct(this, 'Mapping'), 'Resource', {
      functionName: fn.functionName,
    });
    const onFailure = props.onFailure ?? { type: 's3', bucket: this.deadLetterBucket };
    this.onFailure = resolveDestination(onFailure, { scope: this, mappingId: this.mapping.ref, fn });
    this.mappingProperties = this.#checkMapping(props);
    claimGroup(this, this.groupId);
    countIdleCost(this, this.mappingProperties);
    const statements = permissionStatements(this, { ...props, onFailure });
    grantStatements(this, fn, statements);
    this.#fillMapping(props.acknowledge);
  }

  /** A metric of the runtime or of the mapping, by its name; see `docs/reference/monitoring.md`. Default its statistic there, 5 minutes. */
  metric(name: MetricName, options: MetricOptions = {}): Metric {
    return runtimeMetric(this, name, { statistic: metricNames[name] }).with(options);
  }

  /** Records that are not yet committed, in the partition with the most of them. Default the maximum of 5 minutes. */
  metricLag(options: MetricOptions = {}): Metric {
    return toLag(this).with(options);
  }

  /** Age of the oldest record when it was delivered, milliseconds. Default the maximum of 5 minutes. */
  metricRecordAge(options?: MetricOptions): Metric {
    return this.metric('OldestRecordAge', options);
  }

  /**
   * Allows the grantee to read this consumer's dead letters and to send them to its function again, as `tailrace dead-letters`
   * does. It does not grant access to a queue behind an SNS destination, or to the brokers.
   */
  grantRedrive(grantee: IGrantable): Grant {
    return grantRedrive(this, grantee);
  }

  /** Records delivered to the function. Default the sum of 5 minutes. */
  metricRecordsReceived(options?: MetricOptions): Metric {
    return this.metric('RecordsReceived', options);
  }

  /** Records that the function is done with. Default the sum of 5 minutes. */
  metricRecordsDone(options?: MetricOptions): Metric {
    return this.metric('RecordsDone', options);
  }

  /** Records reported for another delivery. Default the sum of 5 minutes. */
  metricRecordsRetried(options?: MetricOptions): Metric {
    return this.metric('RecordsRetried', options);
  }

  /** Records stored as dead letters by the function. Default the sum of 5 minutes. */
  metricRecordsDeadLettered(options?: MetricOptions): Metric {
    return this.metric('RecordsDeadLettered', options);
  }

  /** Resident memory, percent of the memory size. Default the maximum of 5 minutes. */
  metricMemoryUsed(options?: MetricOptions): Metric {
    return this.metric('MemoryUsedPercent', options);
  }

  /** Growth of memory, bytes per invocation. Default the maximum of 5 minutes. */
  metricRetainedBytes(options?: MetricOptions): Metric {
    return this.metric('RetainedBytesPerInvocation', options);
  }

  #addFunction(
    props: KafkaConsumerProps,
    removalPolicy: RemovalPolicy,
  ): { readonly fn: IFunction; readonly logGroup: ILogGroup | undefined } {
    const environment = {
      ...consumerEnvironment(this, { ...props, deadLetterBucket: this.deadLetterBucket }),
      ...props.environment,
    };
    if (props.function !== undefined) {
      setEnvironment(this, toDeployedFunction(props.function), environment);
      return { fn: props.function, logGroup: this.#findLogGroup(props.function) };
    }
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy,
      ...(props.logKey === undefined ? {} : { encryptionKey: props.logKey }),
    });
    // A role of our own: the one that CDK would make, and the one that AWS proposes for MSK, reach every log group, every
    // cluster and every network interface.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(writeLogs(logGroup));
    const { entry = '' } = props;
    return { fn: addFunction(this, { ...props, entry, environment }, role, logGroup), logGroup };
  }

  /** A measurement of memory that was made with other settings says nothing of these. */
  #warnOfMovedSettings(definition: ConsumerDefinition): void {
    const moved = findMovedSettings(definition);
    if (moved.length === 0) return;
    const message =
      `memory.json of ${definition.name} was measured with other settings: ${moved.join('; ')}; ` +
      `run npx tailrace tune ${definition.name} --write`;
    Annotations.of(this).addWarningV2('tailrace:memory-measured-for-other-settings', message);
  }

  #findLogGroup(fn: IFunction): ILogGroup | undefined {
    const name = findLogGroupName(fn);
    if (name !== undefined) return LogGroup.fromLogGroupName(this, 'FunctionLogs', name);
    const message =
      'the function has no log group in this app, got none, expected one, since alarm outOfMemory and the saved queries read it; ' +
      'give the function a logGroup';
    Annotations.of(this).addWarningV2('tailrace:no-log-group', message);
    return undefined;
  }

  #checkMapping(props: KafkaConsumerProps): MappingProperties {
    const { definition, source } = props;
    this.#warnOfMovedSettings(definition);
    const input = { definition, source, groupId: this.groupId, onFailure: this.onFailure };
    const mapping = withOverrides(toMapping({ ...input, options: props }), props.overrides);
    const { account, region } = Stack.of(this);
    checkRules(
      {
        ...input,
        mapping,
        overrides: props.overrides ?? {},
        startAt: props.startAt,
        partitions: props.partitions,
        maxRecordBytes: props.maxRecordBytes,
        account: Token.isUnresolved(account) ? undefined : account,
        region: Token.isUnresolved(region) ? undefined : region,
        groupOwner: findGroupOwner(this, this.groupId),
        pollerGroupSize: joinPollerGroup(this, mapping.ProvisionedPollerConfig?.PollerGroupName),
        function: readFunction(this.function),
        now: Date.now(),
      },
      props.acknowledge,
    );
    return mapping;
  }

  // The resource itself, not CDK's EventSourceMapping: an override may name any property, also one that CDK does not
  // know yet, and the rules have judged exactly this.
  #fillMapping(acknowledge: Acknowledgements = {}): void {
    for (const [name, value] of Object.entries(this.mappingProperties))
      this.mapping.addPropertyOverride(name, value);
    // Who reads the template sees what was allowed, and why.
    if (Object.keys(acknowledge).length > 0) this.mapping.addMetadata('tailrace:acknowledged', acknowledge);
  }
}
