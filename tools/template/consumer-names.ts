// What the mappings of an app are called on the terminal, in options and reports: everything that counts per mapping counts by
// this name, so no two may have the same, whatever an app does with services, functions and topics.

/** What a name can be made of. */
export interface NameParts {
  /** The function's POWERTOOLS_SERVICE_NAME; undefined without one. */
  readonly service: string | undefined;
  readonly functionName: string;
  readonly topic: string;
  /** Logical id of the mapping. */
  readonly logicalId: string;
}

// From short to unmistakable. A service may have many functions, a function many topics, and a topic's name two clusters.
const forms: readonly ((parts: NameParts) => string)[] = [
  ({ service, functionName }) => service ?? functionName,
  ({ service, functionName, topic }) => `${service ?? functionName}/${topic}`,
  ({ functionName }) => functionName,
  ({ functionName, topic }) => `${functionName}/${topic}`,
  ({ functionName, logicalId }) => `${functionName}/${logicalId}`,
];

/** One name per mapping, in their order: the shortest form that no other mapping has, too. */
export function nameConsumers(mappings: readonly NameParts[]): readonly string[] {
  const counts = forms.map((form) => {
    const count = new Map<string, number>();
    for (const parts of mappings) count.set(form(parts), (count.get(form(parts)) ?? 0) + 1);
    return count;
  });
  const taken = new Set<string>();
  return mappings.map((parts) => {
    const names = forms.map((form) => form(parts));
    const fit = names.find((name, index) => counts[index]?.get(name) === 1 && !taken.has(name));
    const name = fit ?? `${parts.functionName}/${parts.topic}/${parts.logicalId}`;
    taken.add(name);
    return name;
  });
}
