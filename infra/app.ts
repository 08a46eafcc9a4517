// The CDK app: one line per consumer. Run by the CDK command line, see cdk.json.

import './app/error-printer.ts';
import { App } from 'aws-cdk-lib';
import { archive } from '../handlers/archive/consumer.ts';
import { materialize } from '../handlers/materialize/consumer.ts';
import { relay } from '../handlers/relay/consumer.ts';
import { addArchive } from './app/consumers/archive.ts';
import { addMaterialize } from './app/consumers/materialize.ts';
import { addRelay } from './app/consumers/relay.ts';
import { readContext } from './app/context.ts';
import { TailraceStack } from './app/tailrace-stack.ts';

const app = new App({ autoSynth: false });
const { consumers } = new TailraceStack(app, 'Tailrace', readContext(app.node));
addArchive(consumers, archive);
addMaterialize(consumers, materialize);
addRelay(consumers, relay);
app.synth();
