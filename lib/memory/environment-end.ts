// The end of an execution environment whose memory is full of what stays alive. Its own file because the moment decides what
// it costs: docs/decisions/0016-a-full-environment-ends-itself.md.

import type { LineLogger } from '../telemetry/log.ts';
import { publishEnvironmentEnd, type MetricsLine } from '../telemetry/metrics.ts';
import type { Watermark } from './watermark.ts';

/** What an end is said with. */
export interface EnvironmentEndSetup {
  readonly watermark: Watermark;
  readonly logger: LineLogger;
  readonly metrics: MetricsLine | undefined;
}

/** Looks at the watermark on both sides of an invocation. */
export interface EnvironmentEnd {
  /** Ends the process if it is full: one line, one metric, exit status 75. Call it before anything of the event is begun. */
  beforeInvocation(requestId: string): void;
  /** Call it after the watermark has ended the invocation. Says once if the memory size is too small. */
  afterInvocation(requestId: string): void;
}

/** EX_TEMPFAIL of sysexits.h: try again. In the log it tells this end from a crash, which is status 1 or a signal. */
const exitStatus = 75;

/** Has said nothing yet. */
export function createEnvironmentEnd({ watermark, logger, metrics }: EnvironmentEndSetup): EnvironmentEnd {
  let isSaid = false;
  let liveSet: object = {};
  const toFields = (): object => {
    const { limitBytes, invocations } = watermark;
    return { invocations, ...liveSet, limitBytes };
  };

  return {
    beforeInvocation(requestId) {
      if (watermark.fullness !== 'full') return;
      logger.warn('memory is full, the environment ends', { requestId, ...toFields() });
      if (metrics) publishEnvironmentEnd(metrics);
      process.exit(exitStatus);
    },
    afterInvocation(requestId) {
      const { fullness, residentBytes } = watermark;
      if (fullness === 'roomy' || fullness === 'tight') return;
      const { heapUsed, external } = process.memoryUsage();
      liveSet = { liveSetBytes: heapUsed + external, residentBytes };
      if (fullness === 'full' || isSaid) return;
      isSaid = true;
      logger.warn('the memory size is too small, nothing is declined before it is reached', {
        requestId,
        ...toFields(),
      });
    },
  };
}
