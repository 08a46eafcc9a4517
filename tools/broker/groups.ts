// Consumer groups that a command has made for itself.
import type { Kafka } from 'kafkajs';

/** Deletes groups as far as the broker lets: nobody's list of groups shall grow with each call. */
export async function deleteGroups(kafka: Kafka, groupIds: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([...groupIds]);
  } catch {
    // A broker that does not do that, a right that is missing, a group that never had a member: without it they expire by themselves.
  } finally {
    await admin.disconnect();
  }
}
