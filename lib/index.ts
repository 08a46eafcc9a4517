// The public names, one by one: what a consumer's own code may import.

export { defineConsumer, DefinitionError } from './definition/define-consumer.ts';
export type {
  ConsumerDefinition,
  ConsumerConfig,
  MemoryProfile,
  Order,
} from './definition/define-consumer.ts';
export { createConsumer } from './runtime/consumer.ts';
export type { ConsumerHandler, ConsumerOptions } from './runtime/consumer.ts';
export { createWatermark } from './memory/watermark.ts';
export type { Watermark, WatermarkOptions } from './memory/watermark.ts';
export type {
  BatchFunction,
  ConsumerFunction,
  ConsumerHooks,
  FailedRecord,
  FunctionContext,
  InvocationInfo,
  LambdaContext,
  RecordFunction,
} from './runtime/consumer-function.ts';
export type { RetentionOptions } from './retention/watch.ts';
export { ReleasedError } from './runtime/record/record.ts';
export type { KeptRecord, LeasedRecord, RecordJson } from './runtime/record/record.ts';
export type { RecordHeaders } from './runtime/event/headers.ts';
export { DeadLetterError, SkipError } from './runtime/outcome/classify.ts';
export type { Disposition } from './runtime/outcome/classify.ts';
export { json, jsonReader } from './format/json.ts';
export type { JsonOptions } from './format/json.ts';
export { text } from './format/text.ts';
export { bytes } from './format/bytes.ts';
// Not here: './format/protobuf.ts', whose library would be in every bundle.
export { avro, avroReader } from './format/avro.ts';
export type { AvroOptions } from './format/avro.ts';
export { confluent } from './format/registry/confluent.ts';
export type { ConfluentOptions } from './format/registry/confluent.ts';
export { confluentRegistry } from './format/registry/confluent-client.ts';
export type { ConfluentRegistryOptions } from './format/registry/confluent-client.ts';
export type { RegistryAuth } from './format/registry/http-client.ts';
export { glue } from './format/registry/glue.ts';
export type { GlueOptions } from './format/registry/glue.ts';
export { glueRegistry } from './format/registry/glue-client.ts';
export type { GlueRegistryOptions, GlueSender } from './format/registry/glue-client.ts';
export { RegistryError } from './format/registry/registry.ts';
export type { RegisteredSchema, SchemaReader, SchemaRegistry } from './format/registry/registry.ts';
export { SchemaError } from './format/schema/schema-error.ts';
export { FormatError } from './format/format-error.ts';
export type { FormatErrorCode } from './format/format-error.ts';
export type { Format, FormatSource, FormatValue } from './format/format.ts';
export type { FormatShape } from './format/schema/shape.ts';
export { NotReadyError, Pending } from './format/pending.ts';
export { CodecError } from './codec/codec.ts';
export type { Codec, CodecErrorCode } from './codec/codec.ts';
export { EventError, EventUsedError, RecordError } from './runtime/event/event.ts';
export { BatchFailedError } from './runtime/outcome/whole-batch.ts';
export type {
  RecordErrorCode,
  BatchItemFailure,
  BatchResponse,
  EventRecord,
  KafkaEvent,
  SchemaMetadata,
} from './runtime/event/event.ts';
export type { DeadLetter, DeadLetterStore } from './deadletter/dead-letter.ts';
export { EnvironmentError } from './deadletter/s3.ts';
export type { LineLogger, Log, LogFields } from './telemetry/log.ts';
export type { MetricsLine } from './telemetry/metrics.ts';
export { fromSqs, SqsFailureError } from './sqs/from-sqs.ts';
export type { FromSqsOptions, SqsEvent, SqsHandler } from './sqs/from-sqs.ts';
export type { SqsMessageAttribute, SqsRecord } from './sqs/sqs-record.ts';
