// Files that a schema imports without the registry having them as references, and that protobufjs does not bring: Google's own, of
// descriptor.proto what custom options extend, and what Kafka Connect's logical types become.
// Sources: Confluent's ProtobufSchema and its KNOWN_DEPENDENCIES; github.com/googleapis/googleapis, google/type;
// github.com/protocolbuffers/protobuf, src/google/protobuf

const optionsOf = [
  'File',
  'Message',
  'Field',
  'Oneof',
  'Enum',
  'EnumValue',
  'ExtensionRange',
  'Service',
  'Method',
];

const toFile = (space: string, body: string, syntax = 'proto3'): string =>
  `syntax = "${syntax}"; package ${space}; ${body}`;

const toType = (name: string, body: string): readonly [path: string, text: string] => [
  `google/type/${name}.proto`,
  toFile('google.type', body),
];

const toEnum = (name: string, values: string): string =>
  `enum ${name} { ${values
    .split(' ')
    .map((value, index) => `${value} = ${index};`)
    .join(' ')} }`;

const months =
  'MONTH_UNSPECIFIED JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER';
const days = 'DAY_OF_WEEK_UNSPECIFIED MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY';
const periods = 'CALENDAR_PERIOD_UNSPECIFIED DAY WEEK FORTNIGHT MONTH QUARTER HALF YEAR';
const kinds =
  'TYPE_UNKNOWN TYPE_DOUBLE TYPE_FLOAT TYPE_INT64 TYPE_UINT64 TYPE_INT32 TYPE_FIXED64 TYPE_FIXED32 TYPE_BOOL TYPE_STRING ' +
  'TYPE_GROUP TYPE_MESSAGE TYPE_BYTES TYPE_UINT32 TYPE_ENUM TYPE_SFIXED32 TYPE_SFIXED64 TYPE_SINT32 TYPE_SINT64';

/** Their text by import path. */
export const knownFiles: ReadonlyMap<string, string> = new Map([
  [
    'google/protobuf/descriptor.proto',
    toFile(
      'google.protobuf',
      optionsOf.map((part) => `message ${part}Options { extensions 1000 to max; }`).join(' '),
      'proto2',
    ),
  ],
  [
    'google/protobuf/source_context.proto',
    toFile('google.protobuf', 'message SourceContext { string file_name = 1; }'),
  ],
  [
    'google/protobuf/type.proto',
    toFile(
      'google.protobuf',
      `import "google/protobuf/any.proto"; import "google/protobuf/source_context.proto";
      message Type { string name = 1; repeated Field fields = 2; repeated string oneofs = 3; repeated Option options = 4;
        SourceContext source_context = 5; Syntax syntax = 6; string edition = 7; }
      message Field { ${toEnum('Kind', kinds)}
        ${toEnum('Cardinality', 'CARDINALITY_UNKNOWN CARDINALITY_OPTIONAL CARDINALITY_REQUIRED CARDINALITY_REPEATED')}
        Kind kind = 1; Cardinality cardinality = 2; int32 number = 3; string name = 4; string type_url = 6;
        int32 oneof_index = 7; bool packed = 8; repeated Option options = 9; string json_name = 10; string default_value = 11; }
      message Enum { string name = 1; repeated EnumValue enumvalue = 2; repeated Option options = 3;
        SourceContext source_context = 4; Syntax syntax = 5; string edition = 6; }
      message EnumValue { string name = 1; int32 number = 2; repeated Option options = 3; }
      message Option { string name = 1; Any value = 2; }
      ${toEnum('Syntax', 'SYNTAX_PROTO2 SYNTAX_PROTO3 SYNTAX_EDITIONS')}`,
    ),
  ],
  [
    'google/protobuf/api.proto',
    toFile(
      'google.protobuf',
      `import "google/protobuf/source_context.proto"; import "google/protobuf/type.proto";
      message Api { string name = 1; repeated Method methods = 2; repeated Option options = 3; string version = 4;
        SourceContext source_context = 5; repeated Mixin mixins = 6; Syntax syntax = 7; string edition = 8; }
      message Method { string name = 1; string request_type_url = 2; bool request_streaming = 3; string response_type_url = 4;
        bool response_streaming = 5; repeated Option options = 6; Syntax syntax = 7; string edition = 8; }
      message Mixin { string name = 1; string root = 2; }`,
    ),
  ],
  [
    'confluent/type/decimal.proto',
    toFile('confluent.type', 'message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }'),
  ],
  toType('calendar_period', toEnum('CalendarPeriod', periods)),
  toType(
    'color',
    `import "google/protobuf/wrappers.proto";
    message Color { float red = 1; float green = 2; float blue = 3; google.protobuf.FloatValue alpha = 4; }`,
  ),
  toType('date', 'message Date { int32 year = 1; int32 month = 2; int32 day = 3; }'),
  toType(
    'datetime',
    `import "google/protobuf/duration.proto";
    message DateTime { int32 year = 1; int32 month = 2; int32 day = 3; int32 hours = 4; int32 minutes = 5; int32 seconds = 6;
      int32 nanos = 7; oneof time_offset { google.protobuf.Duration utc_offset = 8; TimeZone time_zone = 9; } }
    message TimeZone { string id = 1; string version = 2; }`,
  ),
  toType('dayofweek', toEnum('DayOfWeek', days)),
  toType('decimal', 'message Decimal { string value = 1; }'),
  toType(
    'expr',
    'message Expr { string expression = 1; string title = 2; string description = 3; string location = 4; }',
  ),
  toType('fraction', 'message Fraction { int64 numerator = 1; int64 denominator = 2; }'),
  toType(
    'interval',
    `import "google/protobuf/timestamp.proto";
    message Interval { google.protobuf.Timestamp start_time = 1; google.protobuf.Timestamp end_time = 2; }`,
  ),
  toType('latlng', 'message LatLng { double latitude = 1; double longitude = 2; }'),
  toType('localized_text', 'message LocalizedText { string text = 1; string language_code = 2; }'),
  toType('money', 'message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }'),
  toType('month', toEnum('Month', months)),
  toType(
    'phone_number',
    `message PhoneNumber { message ShortCode { string region_code = 1; string number = 2; }
      oneof kind { string e164_number = 1; ShortCode short_code = 2; } string extension = 3; }`,
  ),
  toType(
    'postal_address',
    `message PostalAddress { int32 revision = 1; string region_code = 2; string language_code = 3; string postal_code = 4;
      string sorting_code = 5; string administrative_area = 6; string locality = 7; string sublocality = 8;
      repeated string address_lines = 9; repeated string recipients = 10; string organization = 11; }`,
  ),
  toType('quaternion', 'message Quaternion { double x = 1; double y = 2; double z = 3; double w = 4; }'),
  toType(
    'timeofday',
    'message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }',
  ),
]);
