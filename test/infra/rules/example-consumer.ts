// Examples of rules as consumers of an app. Own file: the rules' own tests use it, and those of other rule packs.

import { Duration, type Stack } from 'aws-cdk-lib';
import {
  Architecture,
  CfnFunction,
  Code,
  Function,
  LoggingFormat,
  Runtime,
  RuntimeFamily,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { KafkaConsumer, KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import type { Example, ExampleKit, ExampleProps } from '../../../infra/rules/rule.ts';
import type { Acknowledgements } from '../../../infra/rules/rule-violation.ts';
import { defineConsumer } from '../../../lib/definition/define-consumer.ts';
import { text } from '../../../lib/format/text.ts';
import { account, addConsumer, cluster, createStack, keyArn, region, secretArn } from '../consumer-stack.ts';

type Site = ReturnType<typeof createStack>;

let made = 0;
const id = (): string => `Example${(made += 1)}`;

/** What examples with constructs are made with. */
export function createKit(stack: Stack): ExampleKit {
  return {
    stack,
    id,
    clusterArn: (place = {}) =>
      `arn:aws:kafka:${place.region ?? region}:${place.account ?? account}:cluster/${cluster}`,
    secretArn,
    keyArn,
  };
}

/** A stack of an app of its own: groups and poller groups are counted in the whole app. */
export function createSite(): Site {
  return createStack();
}

/** Adds the consumer of an example, and those that it needs before. */
export function addExample(site: Site, example: Example, acknowledge: Acknowledgements = {}): KafkaConsumer {
  const props = typeof example === 'function' ? example(createKit(site.stack)) : example;
  for (const other of props.others ?? []) addConsumer(site, id(), toProps(site, other));
  return addConsumer(site, id(), { ...toProps(site, props), acknowledge });
}

function toProps(site: Site, example: ExampleProps): Partial<KafkaConsumerProps> {
  const { definition, hand, others: _, function: existing, ...props } = example;
  return {
    groupId: id(),
    definition: {
      ...defineConsumer({ name: 'orders', topic: 'orders.v1', value: text(), ...definition }),
      ...hand,
    },
    ...props,
    ...(existing === undefined ? {} : { entry: undefined, function: addFunction(site.stack, existing) }),
  };
}

function addFunction(stack: Stack, settings: Readonly<Record<string, unknown>>): Function {
  const {
    runtime = 'nodejs24.x',
    memorySize = 256,
    timeout = 60,
    tracing,
    capacityProvider,
    isJson,
  } = settings;
  const fn = new Function(stack, id(), {
    runtime: new Runtime(String(runtime), RuntimeFamily.NODEJS, { supportsInlineCode: true }),
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null'),
    memorySize: Number(memorySize),
    timeout: Duration.seconds(Number(timeout)),
    ...(isJson === true ? { loggingFormat: LoggingFormat.JSON } : {}),
    ...(tracing === 'Active' ? { tracing: Tracing.ACTIVE } : {}),
    ...(tracing === 'PassThrough' ? { tracing: Tracing.PASS_THROUGH } : {}),
  });
  if (capacityProvider !== undefined && fn.node.defaultChild instanceof CfnFunction) {
    fn.node.defaultChild.capacityProviderConfig = {
      lambdaManagedInstancesCapacityProviderConfig: { capacityProviderArn: capacityProvider as string },
    };
  }
  return fn;
}
