import type { Rule } from '../rule.ts';

const supported = ['nodejs22.x', 'nodejs24.x'];

export const runtimeNotSupported: Rule = {
  refuses: 'a runtime other than Node.js 22 and 24',
  evidence: [
    {
      kind: 'documentation',
      from: 'AWS Lambda developer guide, lambda-runtimes',
      says: 'nodejs20.x is deprecated since 2026-04-30; nodejs26.x is in preview',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      about: 'one in preview',
      failing: { function: { runtime: 'nodejs26.x' } },
      passing: { function: { runtime: 'nodejs24.x' } },
    },
    {
      about: 'one that is deprecated',
      failing: { function: { runtime: 'nodejs20.x' } },
      passing: { function: { runtime: 'nodejs22.x' } },
    },
  ],
  check({ function: { runtime } }) {
    if (runtime === undefined || supported.includes(runtime)) return undefined;
    return {
      field: 'runtime',
      got: runtime,
      why: 'the runtime library is tried on Node.js 22 and 24; AWS gives no support for a runtime in preview, and none any more for a deprecated one',
      remedy: `use ${supported.join(' or ')}`,
    };
  },
};
