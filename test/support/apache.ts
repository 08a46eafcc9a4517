// Whether the tests on Apache Kafka can run here: they take Java, Maven, and a network the first time.
import { installApacheKafka } from '../../tools/broker/apache/installation.ts';
import { BrokerError } from '../../tools/broker/broker.ts';

/**
 * Installs Apache Kafka if it is not there yet. What it returns is a test's `skip`: false, or why not, in one line.
 * With `CI` set nothing is skipped: what is missing fails the test file.
 */
export async function whyNoApache(): Promise<string | false> {
  try {
    await installApacheKafka();
    return false;
  } catch (error) {
    if (process.env['CI'] || !(error instanceof BrokerError)) throw error;
    return error.message;
  }
}
