// cdk-preflight beside the rules of this package: those of its rules that are wrong about Kafka, each with what says so.

/** Rules of cdk-preflight 0.0.143 that were tried on SQS and are applied to every source, with the reason against each. */
export const preflightExclusions: Readonly<Record<string, string>> = {
  'pf-lambda-esm-bisect-batch-stream-only':
    "the API's model and the Lambda guide (kafka-retry-configurations) have BisectBatchOnFunctionError for Kafka",
  'pf-lambda-esm-sqs-maximum-pollers-min':
    'the least MaximumPollers of a Kafka mapping is 1 (Lambda guide, kafka-esm-parameters)',
  'pf-lambda-esm-sqs-minimum-pollers-min':
    'the default MinimumPollers of a Kafka mapping is 1 (Lambda guide, kafka-esm-parameters)',
};
