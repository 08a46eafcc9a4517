// Errors that say all there is to say are shown without a stack trace, which would only bury them. Imported for its
// effect, and first: a definition is checked while its module loads, before any line of the app's own could catch it.

import { DefinitionError } from '../../lib/definition/define-consumer.ts';
import { SchemaError } from '../../lib/format/schema/schema-error.ts';
import { BundleError } from '../function/bundle.ts';
import { ContextError } from './context.ts';
import { AddonCpuError } from '../function/elf.ts';
import { AddonFetchError } from '../function/lambda-addon.ts';
import { NoClusterError } from './no-cluster-guard.ts';
import { PropsError } from '../props-error.ts';
import { RuleViolationError } from '../rules/rule-violation.ts';

const forThePerson = [
  AddonCpuError,
  AddonFetchError,
  BundleError,
  ContextError,
  DefinitionError,
  NoClusterError,
  PropsError,
  RuleViolationError,
  SchemaError,
];

process.on('uncaughtException', (error) => {
  const isForThePerson = forThePerson.some((each) => error instanceof each);
  console.error(isForThePerson ? `tailrace: ${error.message}` : error);
  process.exit(1);
});
