// The public names for CDK apps, one by one: what `tailrace/cdk` gives to an app of one's own.

export { KafkaConsumer } from './kafka-consumer.ts';
export type { ConsumerOptions, KafkaConsumerProps } from './kafka-consumer.ts';
export type { BundlingOptions } from './function/bundle-settings.ts';
export type { FunctionOptions } from './function/consumer-function.ts';
export type { FilterPattern, MappingOptions, MappingProperties } from './mapping/mapping.ts';
export type {
  KafkaSource,
  MskIamSource,
  MskMtlsSource,
  MskScramSource,
  MskSource,
  MskUnauthenticatedSource,
  SelfManagedSource,
} from './source/source.ts';
export type { Destination, OnFailure, ResolvedDestination } from './mapping/destination.ts';
export type { MetricName } from './monitoring/metrics.ts';
export type {
  GlueMappingRegistry,
  GuardedConfluentMappingRegistry,
  HandlerRegistry,
  MappingRegistry,
  OpenConfluentMappingRegistry,
} from './mapping/schema-registry.ts';
export { RuleViolationError } from './rules/rule-violation.ts';
export type { Acknowledgements } from './rules/rule-violation.ts';
export type { RuleId } from './rules/rules.ts';
export { PropsError } from './props-error.ts';
export { BundleError } from './function/bundle.ts';
export { AddonCpuError } from './function/elf.ts';
export { AddonFetchError } from './function/lambda-addon.ts';
export { KafkaConsumers } from './kafka-consumers.ts';
export type { GroupedConsumerOptions, KafkaConsumersProps } from './kafka-consumers.ts';
export { KafkaConsumerSource } from './kafka-consumer-source.ts';
export type { KafkaConsumerSourceProps } from './kafka-consumer-source.ts';
export { Monitoring } from './monitoring/monitoring.ts';
export type { MonitoringOptions } from './monitoring/monitoring.ts';
export type { AlarmKey, AlarmOptions, AlarmSetting } from './monitoring/alarms/alarm-options.ts';
export { acknowledgeNag } from './rule-packs/nag.ts';
export { preflightExclusions } from './rule-packs/cdk-preflight.ts';
export { PrivateBucket } from './private-bucket.ts';
export type { PrivateBucketProps } from './private-bucket.ts';
export { KafkaCluster } from './cluster/kafka-cluster.ts';
export type { KafkaClusterProps } from './cluster/cluster-props.ts';
export type { TopicSettings } from './cluster/topic-settings.ts';
export { NetworkPreflight } from './network/network-preflight.ts';
export type { NetworkPreflightProps } from './network/network-preflight.ts';
