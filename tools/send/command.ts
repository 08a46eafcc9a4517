// `tailrace send <consumer|topic> [file]`: a person's own records into Kafka.
import { saslMechanisms } from '../broker/broker-security.ts';
import type { Command } from '../command.ts';
import { toSendOptions } from './options.ts';

/** The command's data. */
export const sendCommand: Command = {
  name: 'send',
  summary: 'sends records of your own, encoded as the consumer reads them',
  about: [
    'Reads a record a line: {"key", "value", "headers", "partition", "timestamp"} with at least value, or a value by itself. null is\n' +
      'a tombstone, {"base64": "..."} is bytes. With a <consumer>/consumer.ts in the project the value is written by its format (JSON, text,\n' +
      'bytes, Avro, Protobuf, behind a registry); without, it is written as JSON. Sends to the tailrace dev that runs in this\n' +
      'project, or to --brokers. A line that is no JSON, or that the definition would not read, is named and left out.',
    'A mapping that itself reads by a schema registry takes only records that name a schema, which send does not write for it:\n' +
      'tailrace dev --seed-traffic sends it such records.',
  ],
  argument: { name: 'target', summary: 'name of a consumer or a topic' },
  optionalArgument: {
    name: 'file',
    summary: 'a file of records, or - for standard input, which is the default',
  },
  options: {
    brokers: {
      kind: 'text',
      valueName: 'HOST:PORT',
      summary: 'a Kafka to send to, comma-separated',
      byDefault: "the running dev's",
    },
    tls: { kind: 'flag', summary: 'speaks TLS to --brokers' },
    ca: { kind: 'text', valueName: 'FILE', summary: "PEM of the authority behind --brokers' certificates" },
    cert: { kind: 'text', valueName: 'FILE', summary: 'PEM of a client certificate and its key' },
    sasl: {
      kind: 'text',
      valueName: 'MECHANISM',
      summary: 'user and password are TAILRACE_SASL_USERNAME and TAILRACE_SASL_PASSWORD',
      oneOf: saslMechanisms,
    },
    compression: {
      kind: 'text',
      summary: 'how values are packed',
      oneOf: ['none', 'lz4', 'gzip', 'zstd'],
      byDefault: 'none',
    },
    'schema-id': {
      kind: 'text',
      valueName: 'ID',
      summary: "the schema's id in a registry's framing",
      byDefault: '1',
    },
    unchecked: {
      kind: 'flag',
      summary: 'sends records that the definition would not read, too: to see what becomes of them',
    },
    json: { kind: 'flag', summary: 'prints the result as one JSON document' },
  },
  examples: [
    [`echo '{"key":"k1","value":{"id":"1"}}' | tailrace send orders`, 'one record to the dev that runs here'],
    ['tailrace send orders records.ndjson --compression zstd', 'a file'],
    [`echo '{"value":{"id":7}}' | tailrace send orders --unchecked`, 'a record that becomes a dead letter'],
    ['tailrace send orders.v1 records.ndjson --brokers localhost:9092', 'into a topic of your own cluster'],
  ],
  exitCodes: { 1: 'a record was refused, or there was none' },
  async run(values, io) {
    const options = toSendOptions(values);
    // The Kafka client loads for a while, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};
