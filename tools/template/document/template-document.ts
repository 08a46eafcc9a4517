// The parts of a CloudFormation template, as they stand in it.

/** One resource of a template, its properties not resolved yet. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

/** A value that a template is given from outside. */
export interface TemplateParameter {
  /** As `String`, `CommaDelimitedList` or `AWS::SSM::Parameter::Value<List<String>>`. */
  readonly Type?: unknown;
  readonly Default?: unknown;
}

/**
 * What a Ref to a parameter gives for this value: lists are given as one text with commas, and spaces around an item do not
 * count. An intrinsic that stands for such a text is split where it is resolved.
 */
export function toParameterValue({ Type }: TemplateParameter, value: unknown): unknown {
  const isList = /^(?:AWS::SSM::Parameter::Value<)?(?:CommaDelimitedList|List<)/.test(String(Type));
  if (!isList || value === undefined || value === null || Array.isArray(value)) return value;
  if (typeof value !== 'string' && typeof value !== 'number') return { 'Fn::Split': [',', value] };
  return String(value)
    .split(',')
    .map((item) => item.trim());
}

/** The parts of a CloudFormation template that the local runner reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}
