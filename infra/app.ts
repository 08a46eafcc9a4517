// The CDK app: one line per consumer. Run by the CDK command line, see cdk.json.

import { App } from 'aws-cdk-lib';
import { archive } from '../handlers/archive/consumer.ts';
import { materialize } from '../handlers/materialize/consumer.ts';
import { relay } from '../handlers/relay/consumer.ts';
import { addArchive } from './consumers/archive.ts';
import { addMaterialize } from './consumers/materialize.ts';
import { addRelay } from './consumers/relay.ts';
import { BundleError } from './bundle.ts';
import { ContextError, readSettings } from './context.ts';
import { NoClusterError } from './placeholder.ts';
import { PropsError } from './props-check.ts';
import { RefusalError } from './refusals/refusal.ts';
import { TailraceStack } from './tailrace-stack.ts';

try {
  const app = new App({ autoSynth: false });
  const stack = new TailraceStack(app, 'Tailrace', readSettings(app.node));
  addArchive(stack, archive);
  addMaterialize(stack, materialize);
  addRelay(stack, relay);
  app.synth();
} catch (error) {
  if (!isForThePerson(error)) throw error;
  console.error(`tailrace: ${error.message}`);
  process.exitCode = 1;
}

/** Whether the message says all there is to say, so that a stack trace would only bury it. */
function isForThePerson(error: unknown): error is Error {
  return [BundleError, ContextError, NoClusterError, PropsError, RefusalError].some(
    (each) => error instanceof each,
  );
}
