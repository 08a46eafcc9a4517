// Errors that say all there is to say are shown without a stack trace, which would only bury them. Imported for its
// effect, and first: a definition is checked while its module loads, before any line of the app's own could catch it.

import { DefinitionError } from '../lib/define.ts';
import { SchemaError } from '../lib/format/schema-error.ts';
import { BundleError } from './bundle.ts';
import { ContextError } from './context.ts';
import { AddonCpuError } from './elf.ts';
import { NoClusterError } from './placeholder.ts';
import { PropsError } from './props-check.ts';
import { RefusalError } from './refusals/refusal.ts';

const forThePerson = [
  AddonCpuError,
  BundleError,
  ContextError,
  DefinitionError,
  NoClusterError,
  PropsError,
  RefusalError,
  SchemaError,
];

process.on('uncaughtException', (error) => {
  const isForThePerson = forThePerson.some((each) => error instanceof each);
  console.error(isForThePerson ? `tailrace: ${error.message}` : error);
  process.exit(1);
});
