// The public names for CDK apps, one by one: what `tailrace/cdk` gives to an app of one's own.

export { KafkaConsumer } from './kafka-consumer.ts';
export type { ConsumerOptions, KafkaConsumerProps } from './kafka-consumer.ts';
export type { FunctionOptions } from './consumer-function.ts';
export type { FilterPattern, MappingOptions, MappingProperties } from './mapping.ts';
export type {
  KafkaSource,
  MskIamSource,
  MskMtlsSource,
  MskScramSource,
  MskSource,
  MskUnauthenticatedSource,
  Network,
  SelfManagedSource,
} from './source.ts';
export type { Destination } from './destination.ts';
export type {
  GlueMappingRegistry,
  GuardedConfluentMappingRegistry,
  HandlerRegistry,
  MappingRegistry,
  OpenConfluentMappingRegistry,
} from './schema-registry.ts';
export { RefusalError } from './refusals/refusal.ts';
export type { Acknowledgements, RuleId } from './refusals/refusal.ts';
export { PropsError } from './props-check.ts';
export { BundleError } from './bundle.ts';
export { AddonCpuError } from './elf.ts';
export { TailraceStack } from './tailrace-stack.ts';
export type { StackConsumerOptions, TailraceStackProps } from './tailrace-stack.ts';
export { Monitoring } from './monitoring/monitoring.ts';
export type { MonitoringOptions } from './monitoring/monitoring.ts';
export type { AlarmKey, AlarmOptions, AlarmSetting } from './monitoring/alarm-settings.ts';
export { acknowledgeNag } from './nag.ts';
export { PrivateBucket } from './private-bucket.ts';
export type { PrivateBucketProps } from './private-bucket.ts';
export { KafkaCluster } from './cluster/kafka-cluster.ts';
export type { KafkaClusterProps } from './cluster/kafka-cluster.ts';
export type { TopicSettings } from './cluster/topic-settings.ts';
export { NetworkPreflight } from './network/network-preflight.ts';
export type { NetworkPreflightProps } from './network/network-preflight.ts';
