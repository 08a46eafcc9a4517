import { guide, type Rule } from '../rule.ts';

export const tracingNotForKafka: Rule = {
  refuses: 'X-Ray tracing, which Lambda does not support behind Kafka mappings',
  evidence: [
    guide(
      'services-xray',
      'X-Ray tracing is not supported for functions with an Amazon MSK or self-managed Kafka mapping',
    ),
    {
      kind: 'reported',
      from: 'aws-otel-lambda issue 321',
      says: 'functions behind MSK have no trace of their caller',
      date: '2026-11',
    },
  ],
  proofs: [
    { failing: { tracing: true }, passing: { tracing: false } },
    {
      about: 'of a function that exists',
      failing: { function: { tracing: 'Active' } },
      passing: { function: { tracing: 'PassThrough' } },
    },
  ],
  check({ function: { isTraced } }) {
    if (!isTraced) return undefined;
    return {
      field: 'tracing',
      got: 'Active',
      why: 'Lambda does not trace functions behind Kafka mappings: segments are paid for, and lead nowhere',
      remedy:
        'leave tracing out, and link to the producer by the headers of the record: record.headers holds its traceparent',
    };
  },
};
