// Which tests `npm run test:unit` runs: the quick ones, by folder and by what they start. A test that comes to need a broker leaves them
// without a list that somebody would have to keep.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders: readonly string[] = [
  'test/lib',
  'test/infra/rules',
  'test/tools/{plan,project,proof,run,template,terminal,traffic,tune}',
];

/** What takes seconds: Kafka, the AWS endpoints, a synthesis. */
const slow = /\b(?:startEmbeddedBroker|startApacheBroker|startAwsEndpoints)\b|\.synth\(/;

/** Tests in these folders of the repository at `root` that start nothing slow themselves, sorted. */
export function findUnitTests(root: string): readonly string[] {
  return globSync(
    folders.map((folder) => `${folder}/**/*.test.ts`),
    { cwd: root },
  )
    .filter((path) => !slow.test(readFileSync(join(root, path), 'utf8')))
    .toSorted();
}
