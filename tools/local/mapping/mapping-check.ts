// What AWS refuses in an event source mapping, as a table of ranges: a template that would fail at deployment fails here first. And
// what it gives to provisioned pollers alone, which is left out of a mapping that has none.
// Source: Lambda API reference, CreateEventSourceMapping; Lambda guide, "Using Lambda with Apache Kafka".

/** Ends the reading of a mapping, naming it. */
export type Refuse = (what: string, remedy: string) => never;

type Properties = Readonly<Record<string, unknown>>;

interface NumberRule {
  readonly setting: string;
  readonly min: number;
  readonly max: number;
  /** A value below `min` that is legal, too. */
  readonly or?: number;
}

const mappingRules: readonly NumberRule[] = [
  { setting: 'BatchSize', min: 1, max: 10_000 },
  { setting: 'MaximumBatchingWindowInSeconds', min: 0, max: 300 },
  { setting: 'MaximumRetryAttempts', min: -1, max: 10_000 },
  { setting: 'MaximumRecordAgeInSeconds', min: 60, max: 604_800, or: -1 },
];
const pollerRules: readonly NumberRule[] = [
  { setting: 'MinimumPollers', min: 1, max: 200 },
  { setting: 'MaximumPollers', min: 1, max: 2000 },
];
// The API reference names another source for each of them.
const foreignSettings = [
  'DocumentDBEventSourceConfig',
  'ParallelizationFactor',
  'Queues',
  'ScalingConfig',
  'TumblingWindowInSeconds',
];
const topicPattern = /^[^.][a-zA-Z0-9\-_.]{0,248}$/;
const groupPattern = /^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/;
const pollerGroupPattern = /^[a-zA-Z0-9\-_]{0,128}$/;

/** Checks every setting that has a range; `source` is the mapping's Kafka configuration. */
export function checkMapping(properties: Properties, source: Properties, refuse: Refuse): void {
  const foreign = foreignSettings.filter((setting) => properties[setting] !== undefined);
  if (foreign.length > 0) refuse(`got ${foreign.join(', ')}, which no Kafka mapping has`, 'leave it out');
  checkNumbers(properties, mappingRules, refuse);
  const pollers = (properties['ProvisionedPollerConfig'] ?? {}) as Properties;
  checkNumbers(pollers, pollerRules, refuse);
  const { MinimumPollers: min = 1, MaximumPollers: max = 200 } = pollers;
  if (Number(min) > Number(max))
    refuse(`MinimumPollers is over MaximumPollers, got ${String(min)} and ${String(max)}`, 'swap them');
  const responseTypes = properties['FunctionResponseTypes'] ?? [];
  if (
    !Array.isArray(responseTypes) ||
    responseTypes.length > 1 ||
    responseTypes.some((each) => each !== 'ReportBatchItemFailures')
  )
    refuse(
      `FunctionResponseTypes is out of range, got ${JSON.stringify(responseTypes)}`,
      'expected ["ReportBatchItemFailures"] or none',
    );
  checkText((properties['Topics'] as readonly unknown[])[0], ['Topics', topicPattern], refuse);
  checkText(source['ConsumerGroupId'], ['ConsumerGroupId', groupPattern], refuse);
  checkText(pollers['PollerGroupName'], ['PollerGroupName', pollerGroupPattern], refuse);
}

// The guide lists these for provisioned mode only, with the values that are as good as none. Whether the API refuses or ignores
// the others without pollers is not documented; templates that have them are deployed, so they are no reason not to run one.
const provisionedSettings: Readonly<Record<string, (value: unknown) => boolean>> = {
  MaximumRetryAttempts: (value) => Number(value) === -1,
  MaximumRecordAgeInSeconds: (value) => Number(value) === -1,
  BisectBatchOnFunctionError: (value) => String(value) === 'false',
  FunctionResponseTypes: (value) => Array.isArray(value) && value.length === 0,
  LoggingConfig: () => false,
};
const sourceConfigs = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'];

/** A mapping without pollers of its own, as AWS's guide has it. */
export interface OnDemandMapping {
  /** Without what takes provisioned pollers. */
  readonly properties: Properties;
  /** What was left out, in one sentence; undefined for nothing. */
  readonly warning: string | undefined;
}

/** Leaves out what takes provisioned pollers, of a mapping that has none. */
export function toOnDemand(properties: Properties): OnDemandMapping {
  const left: Record<string, unknown> = { ...properties };
  const found: string[] = [];
  const leaveOut = (setting: string, from: Record<string, unknown>, name = setting): void => {
    found.push(name);
    delete from[setting];
  };
  for (const [setting, isNone] of Object.entries(provisionedSettings))
    if (left[setting] !== undefined && !isNone(left[setting])) leaveOut(setting, left);
  for (const config of sourceConfigs) {
    const source = { ...(left[config] as Record<string, unknown> | undefined) };
    if (source['SchemaRegistryConfig'] === undefined) continue;
    leaveOut('SchemaRegistryConfig', source);
    left[config] = source;
  }
  const { OnFailure } = (left['DestinationConfig'] ?? {}) as { readonly OnFailure?: Properties };
  const destination = OnFailure?.['Destination'];
  if (typeof destination === 'string' && destination.startsWith('kafka://'))
    leaveOut('DestinationConfig', left, 'a Kafka topic as OnFailure');
  if (found.length === 0) return { properties, warning: undefined };
  const warning =
    `${found.join(', ')} without ProvisionedPollerConfig: AWS documents ${found.length === 1 ? 'it' : 'them'} for provisioned pollers alone and does ` +
    'not say what it does otherwise; not applied here; set ProvisionedPollerConfig, or leave it out';
  return { properties: left, warning };
}

/** A setting that is true or false; templates may have it as text, as CloudFormation takes it. */
export function readFlag(
  properties: Properties,
  setting: string,
  { absent }: { readonly absent: boolean },
  refuse: Refuse,
): boolean {
  const value = properties[setting] ?? absent;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  return refuse(`${setting} is not valid, got ${JSON.stringify(value)}`, 'expected true or false');
}

function checkNumbers(properties: Properties, rules: readonly NumberRule[], refuse: Refuse): void {
  for (const { setting, min, max, or } of rules) {
    const value = properties[setting];
    if (value === undefined || Number(value) === or) continue;
    const number = Number(value);
    if (!Number.isInteger(number) || number < min || number > max)
      refuse(
        `${setting} is out of range, got ${JSON.stringify(value)}`,
        `expected ${or === undefined ? '' : `${or} or `}${min}..${max}`,
      );
  }
}

function checkText(value: unknown, [setting, pattern]: readonly [string, RegExp], refuse: Refuse): void {
  if (value !== undefined && !(typeof value === 'string' && pattern.test(value)))
    refuse(`${setting} is not valid, got ${JSON.stringify(value)}`, `expected ${pattern.source}`);
}
