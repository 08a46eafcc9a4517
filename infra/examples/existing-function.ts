// Example: a function that a CDK app has already gets its Kafka topic by `addEventSource`: mapping, permissions, environment,
// dead letters and alarms. Try it: `cdk synth --app 'node infra/examples/existing-function.ts'`. In another package all names but
// the handler's come from `tailrace/cdk`.

import '../app/error-printer.ts';
import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { materialize } from '../../handlers/materialize/consumer.ts';
import { KafkaConsumerSource } from '../kafka-consumer-source.ts';
import { acknowledgeNag } from '../rule-packs/nag.ts';

const app = new App({ autoSynth: false });
const stack = new Stack(app, 'Mine', {
  description: 'A function of mine, and the topic that it reads',
  env: { account: '123456789012', region: 'eu-west-1' },
});

const logGroup = new LogGroup(stack, 'Logs', { retention: RetentionDays.ONE_MONTH });
const fn = new NodejsFunction(stack, 'Function', {
  entry: fileURLToPath(new URL('../../handlers/materialize/handler.ts', import.meta.url)),
  depsLockFilePath: fileURLToPath(new URL('../../package-lock.json', import.meta.url)),
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  bundling: { format: OutputFormat.ESM },
  memorySize: materialize.memory.sizeMb, // the definition's: another size breaks a rule
  timeout: Duration.seconds(materialize.timeoutSeconds),
  environment: { MATERIALIZE_TABLE: 'items' },
  loggingFormat: LoggingFormat.JSON,
  logGroup,
});
const failed = new Queue(stack, 'Failed', { enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN });

fn.addEventSource(
  new KafkaConsumerSource({
    definition: materialize,
    source: {
      type: 'msk-iam',
      clusterArn:
        'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4',
    },
    onFailure: new SqsDlq(failed),
    alarms: { recordAge: { minutes: 30 } },
  }),
);

acknowledgeNag(stack);
Validations.of(fn.role!).acknowledge({
  id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  reason: 'the role that CDK makes for a function',
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
