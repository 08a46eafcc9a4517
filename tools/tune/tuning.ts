// What a tuning works with, for its parts: the sweep, the look for growth, the check.
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import type { AwsEndpoints } from '../aws/endpoints.ts';
import type { CommandIo } from '../command.ts';
import type { Subject } from '../soak/target/soak-target.ts';
import type { Requirements } from './sweep/candidate.ts';
import type { EventsOptions } from './events/events.ts';
import type { TuneOptions } from './options.ts';
import type { Progress } from './report/progress.ts';

/** What a tuning works with. */
export interface Tuning {
  readonly options: TuneOptions;
  readonly subject: Subject;
  readonly endpoints: AwsEndpoints;
  /** Undefined for a handler whose definition is not here. */
  readonly definition: ConsumerDefinition | undefined;
  /** The folder of the definition, where memory.json is. */
  readonly folder: string | undefined;
  readonly requirements: Requirements;
  readonly events: EventsOptions;
  /** Whether CPU time is given in proportion to the memory size. */
  readonly cpuShare: boolean;
  readonly progress: Progress;
  readonly io: CommandIo;
}
