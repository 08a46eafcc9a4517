// Every area of mutants. A new list is named here.

import type { MutantArea } from './mutant.ts';
import { cuttingMutants } from './list/batches.ts';
import { chaosMutants } from './list/chaos.ts';
import { codecMutants } from './list/codecs.ts';
import { constructMutants } from './list/constructs.ts';
import { eventMutants } from './list/events.ts';
import { formatMutants } from './list/formats.ts';
import { sandboxMutants } from './list/functions.ts';
import { grantMutants } from './list/grants.ts';
import { invocationMutants } from './list/invocation.ts';
import { laneMutants } from './list/lanes.ts';
import { memoryMutants } from './list/memory.ts';
import { outcomeMutants } from './list/outcomes.ts';
import { pollerMutants } from './list/pollers.ts';
import { proofMutants } from './list/proof.ts';
import { recordMutants } from './list/records.ts';
import { redriveMutants } from './list/redrives.ts';
import { registryMutants } from './list/registries.ts';
import { retryMutants } from './list/retries.ts';
import { runMutants } from './list/runs.ts';

/** In the order in which they run. */
export const areas: readonly MutantArea[] = [
  cuttingMutants,
  chaosMutants,
  codecMutants,
  constructMutants,
  eventMutants,
  formatMutants,
  sandboxMutants,
  grantMutants,
  invocationMutants,
  laneMutants,
  memoryMutants,
  outcomeMutants,
  pollerMutants,
  proofMutants,
  recordMutants,
  redriveMutants,
  registryMutants,
  retryMutants,
  runMutants,
];
