// The local Glue endpoint as the AWS SDK sees it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  GetSchemaVersionCommand,
  GlueClient,
  RegisterSchemaVersionCommand,
} from '@aws-sdk/client-glue';
import { startGlueEndpoint, type GlueEndpoint } from '../../../tools/registry/glue-endpoint.ts';

let endpoint: GlueEndpoint;
let client: GlueClient;
before(async () => {
  endpoint = await startGlueEndpoint();
  client = new GlueClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
after(async () => {
  client.destroy();
  await endpoint.close();
});

test('makes registries, schemas and versions, and gives versions by id or by number', async () => {
  await client.send(new CreateRegistryCommand({ RegistryName: 'shop' }));
  const made = await client.send(
    new CreateSchemaCommand({
      RegistryId: { RegistryName: 'shop' },
      SchemaName: 'order',
      DataFormat: 'AVRO',
      Compatibility: 'BACKWARD',
      SchemaDefinition: '"string"',
    }),
  );
  const SchemaId = { RegistryName: 'shop', SchemaName: 'order' };
  const register = (SchemaDefinition: string): RegisterSchemaVersionCommand =>
    new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition });
  const second = await client.send(register('"int"'));
  assert.deepEqual([second.VersionNumber, second.Status], [2, 'AVAILABLE']);
  const again = await client.send(register('"string"'));
  assert.deepEqual([again.VersionNumber, again.SchemaVersionId], [1, made.SchemaVersionId]);

  const first = await client.send(new GetSchemaVersionCommand({ SchemaVersionId: made.SchemaVersionId }));
  assert.deepEqual([first.SchemaDefinition, first.DataFormat, first.VersionNumber], ['"string"', 'AVRO', 1]);
  const latest = await client.send(
    new GetSchemaVersionCommand({ SchemaId, SchemaVersionNumber: { LatestVersion: true } }),
  );
  assert.equal(latest.SchemaDefinition, '"int"');
});

test('refuses with the errors of the API', async () => {
  const refused = async (sent: Promise<unknown>, name: string): Promise<void> => {
    await assert.rejects(sent, { name });
  };
  await refused(
    client.send(new GetSchemaVersionCommand({ SchemaVersionId: '00000000-0000-4000-8000-000000000000' })),
    'EntityNotFoundException',
  );
  await refused(client.send(new GetSchemaVersionCommand({ SchemaVersionId: 'x' })), 'InvalidInputException');
  await refused(client.send(new CreateRegistryCommand({ RegistryName: 'shop' })), 'AlreadyExistsException');
  await refused(
    client.send(
      new RegisterSchemaVersionCommand({ SchemaId: { SchemaName: 'none' }, SchemaDefinition: '"int"' }),
    ),
    'EntityNotFoundException',
  );
});
