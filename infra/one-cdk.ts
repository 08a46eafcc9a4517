// Constructs of two copies of aws-cdk-lib do not know each other's classes: what is checked by class is then silently not
// there, or ends as an error that names neither copy. This names both.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { shortenStack } from '../lib/definition/shorten-stack.ts';

/** More than one copy of aws-cdk-lib, or of constructs, is loaded. */
export class CdkCopyError extends Error {
  override readonly name = 'CdkCopyError';
  readonly code = 'SECOND_CDK_COPY';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    shortenStack(this);
  }
}

/**
 * Checks that `scope` is made of the copies that the constructs of this package are made of.
 *
 * @throws CdkCopyError `SECOND_CDK_COPY`
 */
export function assertOneCdk(scope: Construct): void {
  if (!(Stack.of(scope) instanceof Stack)) refuse('aws-cdk-lib', 'core/lib/stack.js');
  if (!(scope instanceof Construct)) refuse('constructs', 'lib/construct.js');
}

/** One copy that was loaded twice, as test runners do, is left alone. */
function refuse(name: string, file: string): void {
  const copies = findCopies(name, file);
  if (copies.length < 2) return;
  throw new CdkCopyError(
    `two copies of ${name} are loaded, got ${copies.join(' and ')}, expected one; ` +
      `see npm ls ${name}, and install the version that the app has`,
  );
}

/** Version and folder of each copy of a CommonJS package that this process has loaded. */
function findCopies(name: string, file: string): readonly string[] {
  const { cache } = createRequire(join(process.cwd(), 'package.json'));
  return Object.keys(cache)
    .filter((path) => path.replaceAll('\\', '/').endsWith(`/${name}/${file}`))
    .map((path) => {
      const folder = file.split('/').reduce((each) => dirname(each), path);
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly version: string;
      };
      return `${version} in ${folder}`;
    });
}
