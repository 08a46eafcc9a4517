// Questions to the logs in CloudWatch Logs Insights' language. They read the runtime's own lines and Lambda's, which are JSON.

/**
 * The lines of every query, by its name.
 *
 * A line of the log tells of one batch, of one failure (20 for an invocation at most, and how many more in
 * `tailrace.unloggedFailures`), or of one invocation as Lambda saw it (`platform.report`).
 */
export const queryTexts: Readonly<Record<string, readonly string[]>> = {
  // The runtime takes no time for each record, only for its batch: the slowest on average are in the first lines.
  'Slowest records': [
    'filter message = "batch"',
    'fields tailrace.consumer as consumer, tailrace.records as records, tailrace.durationMs as ms, tailrace.durationMs / tailrace.records as msPerRecord',
    'sort msPerRecord desc',
    'display @timestamp, consumer, requestId, records, ms, msPerRecord, tailrace.decompressedBytes, tailrace.oldestRecordAgeMs',
    'limit 50',
  ],
  'Memory by consumer': [
    'filter message = "batch"',
    'stats max(tailrace.memoryUsedPercent) as peakPercent, max(tailrace.rssBytes) as rss, max(tailrace.memoryLimitBytes) as memoryLimit, max(tailrace.heapUsedBytes) as heap, max(tailrace.externalBytes) as external, max(tailrace.inFlightPeakBytes) as inFlight, max(tailrace.keptBytes) as kept, count(*) as invocations by tailrace.consumer',
    'sort peakPercent desc',
  ],
  "Memory by Lambda's own report": [
    'filter type = "platform.report"',
    'stats max(record.metrics.maxMemoryUsedMB) as peakMb, pct(record.metrics.maxMemoryUsedMB, 50) as medianMb, max(record.metrics.memorySizeMB) as sizeMb, max(record.metrics.durationMs) as longestMs, count(*) as invocations by @log, record.status',
    'sort peakMb desc',
  ],
  'Dead letters by error code': [
    'filter message = "record dead-lettered"',
    'stats count(*) as records, latest(@timestamp) as last, latest(storedAs) as lastStoredAs by service, error.code, error.name, topic',
    'sort records desc',
  ],
  'Failures by place': [
    'filter message in ["record failed, reported for retry", "record did not settle before the deadline, reported for retry", "dead letter not stored, record reported for retry", "batch function failed, its records are reported for retry"]',
    'stats count(*) as attempts, earliest(@timestamp) as since, latest(@timestamp) as last by service, topic, partition, offset, error.code, error.name',
    'sort attempts desc',
    'limit 100',
  ],
  'Declined records': [
    'filter message = "memory is near its limit, records declined"',
    'stats sum(declined) as records, count(*) as invocations, max(residentBytes) as resident, max(neededBytes) as needed, max(limitBytes) as memoryLimit by service, bin(1h) as hour',
    'sort hour desc',
  ],
  'Full environments': [
    'filter message in ["memory is full, the environment ends", "the memory size is too small, nothing is declined before it is reached"]',
    'sort @timestamp desc',
    'display @timestamp, service, message, invocations, liveSetBytes, residentBytes, limitBytes, @logStream',
    'limit 50',
  ],
  Retention: [
    'filter message = "memory is retained across invocations"',
    'sort @timestamp desc',
    'display @timestamp, service, retention.text, retention.bytesPerInvocation, retention.invocationsLeft, retention.sinceInvocation, retention.where, retention.lines.0.function, retention.lines.0.at, @logStream',
    'limit 50',
  ],
};
