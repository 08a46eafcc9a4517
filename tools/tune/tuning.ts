// What a tuning works with, for its parts: the sweep, the look for growth, the check.
import { join } from 'node:path';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import type { AwsEndpoints } from '../aws/endpoints.ts';
import type { CommandIo } from '../command.ts';
import { projectRoot } from '../run/synth.ts';
import type { Subject } from '../soak/soak-target.ts';
import type { Requirements } from './candidate.ts';
import type { EventsOptions } from './events.ts';
import type { TuneOptions } from './options.ts';
import type { Progress } from './progress.ts';

/** What a tuning works with. */
export interface Tuning {
  readonly options: TuneOptions;
  readonly subject: Subject;
  readonly endpoints: AwsEndpoints;
  /** Undefined for a handler whose definition is not here. */
  readonly definition: ConsumerDefinition | undefined;
  readonly requirements: Requirements;
  readonly events: EventsOptions;
  /** Whether CPU time is given in proportion to the memory size. */
  readonly cpuShare: boolean;
  readonly progress: Progress;
  readonly io: CommandIo;
}

/** Where the app's consumers are. */
export const handlersFolder: string = join(projectRoot, 'handlers');
