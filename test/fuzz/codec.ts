// Where the script `fuzz` starts; the fuzzer has targets that are no codecs, too.

import './run.ts';
