// The variables by which the runtime finds what the template knows.

import { Annotations } from 'aws-cdk-lib';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { toRegistryEnvironment, type HandlerRegistry } from '../mapping/schema-registry.ts';
import { rootStackName } from '../root-stack-name.ts';

/** Every variable that the runtime reads. */
export function consumerEnvironment(
  scope: Construct,
  about: {
    readonly definition: ConsumerDefinition;
    readonly deadLetterBucket: IBucket;
    readonly handlerRegistry?: HandlerRegistry;
  },
): Readonly<Record<string, string>> {
  return {
    POWERTOOLS_SERVICE_NAME: about.definition.name,
    POWERTOOLS_METRICS_NAMESPACE: `Tailrace/${rootStackName(scope)}`,
    TAILRACE_DEAD_LETTER_BUCKET: about.deadLetterBucket.bucketName,
    ...toRegistryEnvironment(about.handlerRegistry),
  };
}

/** Adds variables to a function that exists; one that another app deploys must have them already, and synth says so. */
export function setEnvironment(
  scope: Construct,
  deployed: Function | undefined,
  environment: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(environment)) deployed?.addEnvironment(name, value);
  if (deployed !== undefined) return;
  const message =
    'the function is deployed elsewhere, got no way to set its environment, expected it to have ' +
    `${Object.keys(environment).join(', ')}; set them where the function is made`;
  Annotations.of(scope).addWarningV2('tailrace:environment-not-set', message);
}
