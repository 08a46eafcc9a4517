// `tailrace send <consumer|topic> [file]`: a person's own records into Kafka.
import { securityOptions } from '../broker/broker-options.ts';
import type { Command } from '../command.ts';
import { toSendOptions } from './options.ts';

/** The command's data. */
export const sendCommand: Command = {
  name: 'send',
  summary: 'sends your own records, encoded as the consumer reads them',
  about: [
    'Reads one record per line. A line is {"key", "value", "headers", "partition", "timestamp"}, of which only value is\n' +
      'required, or a value by itself. A value of null is a tombstone; {"base64": "..."} stands for bytes.',
    'If the project has a <consumer>/consumer.ts, the value is encoded in its format (JSON, text, bytes, Avro, Protobuf, or\n' +
      'framed for a registry); otherwise it is sent as JSON. A line that is not JSON, or that the definition could not read,\n' +
      'is reported and not sent.',
    'Sends to the tailrace dev that runs in this project, or to --brokers.',
    'A mapping with its own schema registry reads only records that name a schema. send does not write those; tailrace dev\n' +
      '--seed-traffic does.',
  ],
  argument: { name: 'target', summary: 'name of a consumer or a topic' },
  optionalArgument: {
    name: 'file',
    summary: 'a file of records; - or nothing reads standard input',
  },
  options: {
    brokers: {
      kind: 'text',
      valueName: 'HOST:PORT',
      summary: 'the Kafka to send to, comma-separated',
      byDefault: 'that of the running dev',
    },
    ...securityOptions,
    compression: {
      kind: 'text',
      summary: 'how values are compressed',
      oneOf: ['none', 'lz4', 'gzip', 'zstd'],
      byDefault: 'none',
    },
    'schema-id': {
      kind: 'text',
      valueName: 'ID',
      summary: "the schema id in the registry's framing",
      byDefault: '1',
    },
    unchecked: {
      kind: 'flag',
      summary: 'also sends records that the definition cannot read, to see what happens to them',
    },
    json: { kind: 'flag', summary: 'prints the result as one JSON document' },
  },
  examples: [
    [
      `echo '{"key":"k1","value":{"id":"1"}}' | npx tailrace send orders`,
      'one record, to the dev of this project',
    ],
    ['npx tailrace send orders records.ndjson --compression zstd', 'a file'],
    [
      `echo '{"value":{"id":7}}' | npx tailrace send orders --unchecked`,
      'a record that becomes a dead letter',
    ],
    ['npx tailrace send orders.v1 records.ndjson --brokers localhost:9092', 'to a topic of your own cluster'],
  ],
  exitCodes: { 1: 'a record was refused, or there were no records' },
  async run(values, io) {
    const options = toSendOptions(values);
    // The Kafka client loads for a while, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};
