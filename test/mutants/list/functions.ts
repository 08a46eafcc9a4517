// Function processes of the local runner, and what a mapping filters and delivers.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const sandboxMutants: MutantArea = {
  area: 'functions of the runner',
  mutants: [
    {
      fault: 'does not freeze a function between invocations',
      file: 'tools/local/sandbox/sandbox.ts',
      find: "    if (kind === 'next' && !isDebugged) child.freeze();",
      replace: '',
      caughtBy: ['test/tools/local/sandbox/process/sandbox-process.test.ts'],
    },
    {
      fault: "freezes the leader of a function's processes alone",
      file: 'tools/local/sandbox/process/sandbox-process.ts',
      find: '    if (pid !== undefined && isAlive()) signalGroup(pid, name);',
      replace: '    if (pid !== undefined && isAlive()) process.kill(pid, name);',
      caughtBy: ['test/tools/local/sandbox/process/sandbox-process.test.ts'],
    },
    {
      fault: 'does not thaw a function',
      file: 'tools/local/sandbox/sandbox.ts',
      find: '      child.thaw();',
      replace: '',
      caughtBy: ['test/tools/local/sandbox/process/sandbox-process.test.ts'],
    },
    {
      fault: 'lets a function go on beyond its timeout',
      file: 'tools/local/sandbox/sandbox.ts',
      find: `    if (signal.kind === 'timeout') {
      child.kill();`,
      replace: `    if (signal.kind === 'timeout') {
      child.freeze();`,
      caughtBy: ['test/tools/local/sandbox/sandbox.test.ts'],
    },
    {
      fault: 'gives an init that runs again a time of its own',
      file: 'tools/local/sandbox/sandbox.ts',
      find: 'isDebugged ? debugTimeoutMs : fn.timeoutSeconds * 1000 - spentMs;',
      replace: 'isDebugged ? debugTimeoutMs : fn.timeoutSeconds * 1000;',
      caughtBy: ['test/tools/local/sandbox/sandbox-start.test.ts'],
    },
    {
      fault: 'takes an answer that came over the memory size',
      file: 'tools/local/sandbox/sandbox.ts',
      find: '    if (await child.checkMemory()) return toCrash(await child.ended, requestId);',
      replace: '',
      caughtBy: ['test/tools/local/sandbox/memory/memory-cap.test.ts'],
      uncaught:
        'A control group, which these tests have, kills before a function can answer; the look itself is tested with the watchdog.',
    },
    {
      fault: 'answers for a function that was killed',
      file: 'tools/local/sandbox/sandbox.ts',
      find: `      child.kill();
      return toCrash(await child.ended, requestId);`,
      replace: `      child.kill();
      if (signal.kind === 'response') return { kind: 'response', body: signal.body };
      return toCrash(await child.ended, requestId);`,
      caughtBy: ['test/tools/local/sandbox/sandbox.test.ts'],
    },
    {
      fault: 'leaves what a function has started behind',
      file: 'tools/local/sandbox/process/sandbox-process.ts',
      find: `    if (pid !== undefined && hasGroups) signalGroup(pid, 'SIGKILL');
    cap.killRest();`,
      replace: '    cap.killRest();',
      caughtBy: ['test/tools/local/sandbox/process/sandbox-process.test.ts'],
      uncaught:
        'Where there are control groups these kill the same processes; elsewhere it is this line alone, and CI has groups.',
    },
    {
      fault: 'invokes a function that has died while it was idle',
      file: 'tools/local/sandbox/sandbox.ts',
      find: '      if (!(await resting) || !child.isAlive()) return undefined;',
      replace: '      await resting;',
      caughtBy: [
        'test/tools/local/sandbox/sandbox.test.ts',
        'test/tools/local/sandbox/process/sandbox-process.test.ts',
      ],
    },
    {
      fault: 'keeps a crashed environment warm',
      file: 'tools/local/sandbox/host/function-host.ts',
      find: '        if (invocation !== undefined && sandbox.isAlive()) idle.push(sandbox);',
      replace: '        if (invocation !== undefined) idle.push(sandbox);',
      caughtBy: ['test/tools/local/sandbox/sandbox-start.test.ts'],
    },
    {
      fault: 'starts an environment for each invocation',
      file: 'tools/local/sandbox/host/function-host.ts',
      find: '        let sandbox = idle.pop();',
      replace: '        let sandbox = idle.length > 1 ? idle.pop() : undefined;',
      caughtBy: ['test/tools/local/sandbox/sandbox.test.ts'],
    },
    {
      fault: 'gives no place back',
      file: 'tools/local/sandbox/host/reserved-concurrency.ts',
      find: `      } finally {
        leave();
      }`,
      replace: `      } finally {
        void leave;
      }`,
      caughtBy: ['test/tools/local/sandbox/host/reserved-concurrency.test.ts'],
    },
    {
      fault: 'gives a place to nobody who waits',
      file: 'tools/local/sandbox/host/reserved-concurrency.ts',
      find: `    if (next === undefined) free++;
    else next();`,
      replace: `    free++;
    void next;`,
      caughtBy: ['test/tools/local/sandbox/host/reserved-concurrency.test.ts'],
    },
    {
      fault: 'has one place more than it should',
      file: 'tools/local/sandbox/host/reserved-concurrency.ts',
      find: '  let free = count;',
      replace: '  let free = count + 1;',
      caughtBy: ['test/tools/local/sandbox/host/reserved-concurrency.test.ts'],
    },
    {
      fault: 'lets any process of this machine speak for a function',
      file: 'tools/local/sandbox/runtime-api.ts',
      find: '  if (asksForToken && headers[tokenHeader] !== token) {',
      replace: "  if (asksForToken && headers[tokenHeader] === '') {",
      caughtBy: ['test/tools/local/sandbox/process/lambda-environment.test.ts'],
    },
    {
      fault: 'takes an answer for another invocation',
      file: 'tools/local/sandbox/runtime-api.ts',
      find: '    } else if (!open.delete(requestId)) {',
      replace: '    } else if (!open.delete(requestId) && open.size === 0) {',
      caughtBy: ['test/tools/local/sandbox/runtime-api.test.ts'],
    },
    {
      fault: 'takes a second answer for an invocation',
      file: 'tools/local/sandbox/runtime-api.ts',
      find: '    } else if (!open.delete(requestId)) {',
      replace: '    } else if (!open.has(requestId)) {',
      caughtBy: ['test/tools/local/sandbox/runtime-api.test.ts'],
    },
    {
      fault: 'takes an answer of any size',
      file: 'tools/local/sandbox/runtime-api.ts',
      find: '    } else if (bytes > maxEventBytes) {',
      replace: '    } else if (bytes > maxEventBytes * 100) {',
      caughtBy: ['test/tools/local/sandbox/sandbox.test.ts'],
    },
    {
      fault: "gives a function a variable of the runner's own",
      file: 'tools/local/sandbox/process/lambda-environment.ts',
      find: "    LANG: 'en_US.UTF-8',",
      replace: `    ...(process.env as Record<string, string>),
    LANG: 'en_US.UTF-8',`,
      caughtBy: [
        'test/tools/local/sandbox/process/lambda-environment.test.ts',
        'test/tools/local/sandbox/sandbox.test.ts',
      ],
    },
    {
      fault: 'gives a function another memory size in its environment',
      file: 'tools/local/sandbox/process/lambda-environment.ts',
      find: '    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),',
      replace: "    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '10240',",
      caughtBy: [
        'test/tools/local/sandbox/process/lambda-environment.test.ts',
        'test/tools/local/sandbox/sandbox.test.ts',
      ],
    },
    {
      fault: 'says that a document was delivered before S3 has it',
      file: 'tools/local/destination/destination.ts',
      find: '      await clients.s3.send(new PutObjectCommand({ Bucket: onFailure.bucket, Key, Body }));',
      replace:
        '      void clients.s3.send(new PutObjectCommand({ Bucket: onFailure.bucket, Key, Body })).catch(() => {});',
      caughtBy: ['test/tools/local/destination/destination.test.ts'],
    },
    {
      fault: 'says that a document was delivered before SQS has it',
      file: 'tools/local/destination/destination.ts',
      find: '      await clients.sqs.send(new SendMessageCommand',
      replace: '      void clients.sqs.send(new SendMessageCommand',
      caughtBy: ['test/tools/local/destination/destination.test.ts'],
    },
    {
      fault: 'writes a document without its records to S3',
      file: 'tools/local/destination/destination.ts',
      find: '      const Body = JSON.stringify({ ...document, payload: event });',
      replace: "      const Body = JSON.stringify({ ...document, payload: '{}' });",
      caughtBy: ['test/tools/local/destination/destination.test.ts'],
    },
    {
      fault: 'gives a message in the failure topic the key that a registry has decoded',
      file: 'tools/local/destination/failure-topic.ts',
      find: '  const key = originalKey ?? content?.key;',
      replace: '  const key = content?.key ?? originalKey;',
      caughtBy: ['test/tools/local/destination/destination.test.ts'],
    },
    {
      fault: 'says that a message is in the failure topic before the broker has it',
      file: 'tools/local/destination/failure-topic.ts',
      find: '        await producer.send({',
      replace: '        void producer.send({',
      caughtBy: ['test/tools/local/destination/destination.test.ts'],
    },
    {
      fault: "names the offset behind a document's last record",
      file: 'tools/local/destination/failure-document.ts',
      find: '    lastRecordOffset: String(last.offset),',
      replace: '    lastRecordOffset: String(last.offset + 1),',
      caughtBy: ['test/tools/local/destination/destination.test.ts'],
    },
    {
      fault: 'writes the records of an event out of order',
      file: 'tools/local/event.ts',
      find: '    ([name, group]) => [name, group.map(({ content }) => content)] as const,',
      replace: '    ([name, group]) => [name, group.map(({ content }) => content).reverse()] as const,',
      caughtBy: ['test/tools/local/event.test.ts'],
    },
    {
      fault: "adds up an event's bytes without its commas",
      file: 'tools/local/event.ts',
      find: '    if (partitions.has(record.partition)) return record.bytes + 1;',
      replace: '    if (partitions.has(record.partition)) return record.bytes;',
      caughtBy: ['test/tools/local/event.test.ts'],
    },
    {
      fault: 'lets a record through that one part of a filter refuses',
      file: 'tools/local/mapping/record-filter.ts',
      find: '    matches: (subject) => parts.every(({ matches }) => matches(subject)),',
      replace: '    matches: (subject) => parts.some(({ matches }) => matches(subject)),',
      caughtBy: ['test/tools/local/mapping/record-filter.test.ts'],
    },
    {
      fault: 'keeps a record back that one of several filters lets through',
      file: 'tools/local/mapping/record-filter.ts',
      find: '    matches: (subject) => patterns.some(({ matches }) => matches(subject)),',
      replace: '    matches: (subject) => patterns.every(({ matches }) => matches(subject)),',
      caughtBy: ['test/tools/local/mapping/record-filter.test.ts'],
    },
    {
      fault: 'keeps back what is no UTF-8',
      file: 'tools/local/mapping/record-filter.ts',
      find: '    return true; // not UTF-8: its clause is left out',
      replace: '    return false; // not UTF-8: its clause is left out',
      caughtBy: ['test/tools/local/mapping/record-filter.test.ts'],
    },
    {
      fault: 'takes a numeric bound for an open one',
      file: 'tools/local/mapping/filter-operators.ts',
      find: "  '<=': (left, right) => left <= right,",
      replace: "  '<=': (left, right) => left < right,",
      caughtBy: ['test/tools/local/mapping/filter-pattern.test.ts'],
    },
    {
      fault: 'takes a missing field for one with a value',
      file: 'tools/local/mapping/filter-pattern.ts',
      find: 'comparison.exists === leaves.length > 0 :',
      replace: 'comparison.exists === leaves.length >= 0 :',
      caughtBy: ['test/tools/local/mapping/filter-pattern.test.ts'],
    },
  ],
};
