;; The JSON text of polled records: the core of record-encoder.ts. After a change run `node tools/wasm/record-text.ts`, which
;; writes record-text-module.ts.
;;
;; What stands where is up to the caller, but for the words below. Copies go 16 bytes at a time: they read and write up to
;; 16 bytes behind what they are for, so that much must be there, and nothing in it may be of use.
(module
  (memory (export "memory") 4)

  ;; 0: what is left of 16 bytes when only the first 1..12 count; the other words, each behind the one before
  (data (i32.const 0) "\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 32) ",\"timestamp\":")
  (data (i32.const 48) ",\"timestampType\":\"CREATE_TIME\"")
  (data (i32.const 80) ",\"timestampType\":\"LOG_APPEND_TIME\"")
  (data (i32.const 128) ",\"key\":\"")
  (data (i32.const 144) ",\"value\":\"")
  (data (i32.const 160) ",\"headers\":[")
  (data (i32.const 176) "\":[")
  (data (i32.const 184) "]},")
  (data (i32.const 192) "]}")

  (func $put (param $at i32) (param $byte i32) (result i32)
    (i32.store8 (local.get $at) (local.get $byte))
    (i32.add (local.get $at) (i32.const 1)))

  (func $copy (param $at i32) (param $from i32) (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (loop $next
      (v128.store (local.get $at) (v128.load (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $next
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 16)))
          (local.get $end))))
    (local.get $end))

  ;; Base64, 12 bytes at a time: each three bytes become four numbers of six bits in a lane of their own, and each number a
  ;; character by adding what lies between the two.
  (func $base64 (param $at i32) (param $from i32) (param $length i32) (result i32)
    (local $to i32) (local $left i32) (local $bytes v128) (local $six v128)
    (local.set $to (local.get $at))
    (local.set $left (local.get $length))
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $left) (i32.const 0)))
        (local.set $bytes (v128.load (local.get $from)))
        (if (i32.lt_s (local.get $left) (i32.const 12))
          (then
            (local.set $bytes
              (v128.and (local.get $bytes) (v128.load (i32.sub (i32.const 12) (local.get $left)))))))
        (local.set $bytes
          (i8x16.shuffle 2 1 0 16 5 4 3 16 8 7 6 16 11 10 9 16
            (local.get $bytes)
            (v128.const i32x4 0 0 0 0)))
        (local.set $six
          (v128.or
            (v128.or
              (i32x4.shr_u (local.get $bytes) (i32.const 18))
              (v128.and
                (i32x4.shr_u (local.get $bytes) (i32.const 4))
                (v128.const i32x4 0x3f00 0x3f00 0x3f00 0x3f00)))
            (v128.or
              (v128.and
                (i32x4.shl (local.get $bytes) (i32.const 10))
                (v128.const i32x4 0x3f0000 0x3f0000 0x3f0000 0x3f0000))
              (v128.and
                (i32x4.shl (local.get $bytes) (i32.const 24))
                (v128.const i32x4 0x3f000000 0x3f000000 0x3f000000 0x3f000000)))))
        ;; 13: a capital; 0: a small letter; 1..10: a digit; 11: +; 12: /
        (v128.store (local.get $to)
          (i8x16.add
            (local.get $six)
            (i8x16.swizzle
              (v128.const i8x16 71 -4 -4 -4 -4 -4 -4 -4 -4 -4 -4 -19 -16 65 0 0)
              (v128.or
                (i8x16.sub_sat_u
                  (local.get $six)
                  (v128.const i8x16 51 51 51 51 51 51 51 51 51 51 51 51 51 51 51 51))
                (v128.and
                  (i8x16.lt_u
                    (local.get $six)
                    (v128.const i8x16 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26))
                  (v128.const i8x16 13 13 13 13 13 13 13 13 13 13 13 13 13 13 13 13))))))
        (local.set $from (i32.add (local.get $from) (i32.const 12)))
        (local.set $left (i32.sub (local.get $left) (i32.const 12)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (br $next)))
    (local.set $at
      (i32.add
        (local.get $at)
        (i32.shl
          (i32.div_u (i32.add (local.get $length) (i32.const 2)) (i32.const 3))
          (i32.const 2))))
    (local.set $left (i32.rem_u (local.get $length) (i32.const 3)))
    (if (local.get $left) (then (i32.store8 (i32.sub (local.get $at) (i32.const 1)) (i32.const 61))))
    (if (i32.eq (local.get $left) (i32.const 1))
      (then (i32.store8 (i32.sub (local.get $at) (i32.const 2)) (i32.const 61))))
    (local.get $at))

  ;; A whole number in decimal.
  (func $number (param $at i32) (param $value f64) (result i32)
    (local $rest i64) (local $limit i64) (local $end i32) (local $to i32)
    (local $part i32) (local $tenth i32) (local $digits i32)
    (local.set $rest (i64.trunc_sat_f64_s (local.get $value)))
    (if (i64.lt_s (local.get $rest) (i64.const 0))
      (then
        (i32.store8 (local.get $at) (i32.const 45))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $rest (i64.sub (i64.const 0) (local.get $rest)))))
    (local.set $end (i32.add (local.get $at) (i32.const 1)))
    (local.set $limit (i64.const 10))
    (block $counted
      (loop $next
        (br_if $counted (i64.lt_u (local.get $rest) (local.get $limit)))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        ;; a signed number has 19 digits at most
        (br_if $counted (i64.eq (local.get $limit) (i64.const 1000000000000000000)))
        (local.set $limit (i64.mul (local.get $limit) (i64.const 10)))
        (br $next)))
    (local.set $to (local.get $end))
    ;; Eight digits at a time: 32 bits are divided in a fraction of the time.
    (loop $next
      (local.set $digits (i32.const 8))
      (if (i64.ge_u (local.get $rest) (i64.const 100000000))
        (then
          (local.set $part (i32.wrap_i64 (i64.rem_u (local.get $rest) (i64.const 100000000))))
          (local.set $rest (i64.div_u (local.get $rest) (i64.const 100000000))))
        (else
          (local.set $part (i32.wrap_i64 (local.get $rest)))
          (local.set $rest (i64.const 0))
          (local.set $digits (i32.sub (local.get $to) (local.get $at)))))
      (loop $digit
        (local.set $tenth (i32.div_u (local.get $part) (i32.const 10)))
        (i32.store8
          (local.tee $to (i32.sub (local.get $to) (i32.const 1)))
          (i32.add
            (i32.const 48)
            (i32.sub (local.get $part) (i32.mul (local.get $tenth) (i32.const 10)))))
        (local.set $part (local.get $tenth))
        (br_if $digit (local.tee $digits (i32.sub (local.get $digits) (i32.const 1)))))
      (br_if $next (i32.gt_u (local.get $to) (local.get $at))))
    (local.get $end))

  ;; A record up to what is behind its value. A length of -1 is a key or value that is not there.
  (func $body
    (param $at i32)
    (param $front i32) (param $frontLength i32) ;; up to the offset
    (param $offset f64)
    (param $timestamp f64)
    (param $isAppendTime i32)
    (param $key i32) (param $keyLength i32)
    (param $value i32) (param $valueLength i32)
    (result i32)
    (local.set $at (call $copy (local.get $at) (local.get $front) (local.get $frontLength)))
    (local.set $at (call $number (local.get $at) (local.get $offset)))
    (local.set $at (call $copy (local.get $at) (i32.const 32) (i32.const 13)))
    (local.set $at (call $number (local.get $at) (local.get $timestamp)))
    (local.set $at
      (if (result i32) (local.get $isAppendTime)
        (then (call $copy (local.get $at) (i32.const 80) (i32.const 34)))
        (else (call $copy (local.get $at) (i32.const 48) (i32.const 30)))))
    (if (i32.ge_s (local.get $keyLength) (i32.const 0))
      (then
        (local.set $at (call $copy (local.get $at) (i32.const 128) (i32.const 8)))
        (local.set $at (call $base64 (local.get $at) (local.get $key) (local.get $keyLength)))
        (local.set $at (call $put (local.get $at) (i32.const 34)))))
    (if (i32.ge_s (local.get $valueLength) (i32.const 0))
      (then
        (local.set $at (call $copy (local.get $at) (i32.const 144) (i32.const 10)))
        (local.set $at (call $base64 (local.get $at) (local.get $value) (local.get $valueLength)))
        (local.set $at (call $put (local.get $at) (i32.const 34)))))
    (local.get $at))

  ;; One record whose rest, from the headers on, is there as text; gives where it ends.
  (func (export "record")
    (param $at i32)
    (param $front i32) (param $frontLength i32)
    (param $offset f64)
    (param $timestamp f64)
    (param $isAppendTime i32)
    (param $key i32) (param $keyLength i32)
    (param $value i32) (param $valueLength i32)
    (param $rest i32) (param $restLength i32)
    (result i32)
    (call $copy
      (call $body
        (local.get $at)
        (local.get $front) (local.get $frontLength)
        (local.get $offset) (local.get $timestamp) (local.get $isAppendTime)
        (local.get $key) (local.get $keyLength)
        (local.get $value) (local.get $valueLength))
      (local.get $rest)
      (local.get $restLength)))

  ;; A byte as the signed number that Java sees in it, with a comma.
  (func $signed (param $at i32) (param $byte i32) (result i32)
    (if (i32.ge_u (local.get $byte) (i32.const 128))
      (then
        (local.set $at (call $put (local.get $at) (i32.const 45)))
        (local.set $byte (i32.sub (i32.const 256) (local.get $byte)))))
    (if (i32.ge_u (local.get $byte) (i32.const 100))
      (then
        ;; 128 is the largest there is
        (local.set $at (call $put (local.get $at) (i32.const 49)))
        (local.set $byte (i32.sub (local.get $byte) (i32.const 100)))
        (if (i32.lt_u (local.get $byte) (i32.const 10))
          (then (local.set $at (call $put (local.get $at) (i32.const 48)))))))
    (if (i32.ge_u (local.get $byte) (i32.const 10))
      (then
        (local.set $at
          (call $put (local.get $at) (i32.add (i32.const 48) (i32.div_u (local.get $byte) (i32.const 10)))))
        (local.set $byte (i32.rem_u (local.get $byte) (i32.const 10)))))
    (call $put
      (call $put (local.get $at) (i32.add (i32.const 48) (local.get $byte)))
      (i32.const 44)))

  ;; Kafka's zigzag number at $pos, which it moves; of more than four bytes, or cut short: -2, which no length is.
  (func $varint (result i32)
    (local $byte i32) (local $shift i32) (local $value i32)
    (loop $next
      (if
        (i32.or
          (i32.ge_u (global.get $pos) (global.get $end))
          (i32.gt_u (local.get $shift) (i32.const 21)))
        (then (return (i32.const -2))))
      (local.set $byte (i32.load8_u (global.get $pos)))
      (global.set $pos (i32.add (global.get $pos) (i32.const 1)))
      (local.set $value
        (i32.or
          (local.get $value)
          (i32.shl (i32.and (local.get $byte) (i32.const 0x7f)) (local.get $shift))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
      (br_if $next (i32.ge_u (local.get $byte) (i32.const 0x80))))
    (i32.xor
      (i32.shr_u (local.get $value) (i32.const 1))
      (i32.sub (i32.const 0) (i32.and (local.get $value) (i32.const 1)))))

  (global $pos (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))

  ;; From behind the value up to the record's brace, out of Kafka's headers between $from and $to; gives where it ends. 0 where
  ;; they are not as they should be, or a name is more than plain ASCII: whoever knows more of JSON may try.
  (func $headers (param $at i32) (param $from i32) (param $to i32) (result i32)
    (local $count i32) (local $length i32) (local $stop i32) (local $byte i32)
    (global.set $pos (local.get $from))
    (global.set $end (local.get $to))
    (local.set $at (call $copy (local.get $at) (i32.const 160) (i32.const 12)))
    (local.set $count (call $varint))
    (if (i32.lt_s (local.get $count) (i32.const 0)) (then (return (i32.const 0))))
    (block $done
      (loop $header
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $length (call $varint))
        (if
          (i32.gt_u (local.get $length) (i32.sub (global.get $end) (global.get $pos)))
          (then (return (i32.const 0))))
        (local.set $at (call $put (call $put (local.get $at) (i32.const 123)) (i32.const 34)))
        (local.set $stop (i32.add (global.get $pos) (local.get $length)))
        (block $named
          (loop $character
            (br_if $named (i32.eq (global.get $pos) (local.get $stop)))
            (local.set $byte (i32.load8_u (global.get $pos)))
            (if
              (i32.or
                (i32.gt_u (i32.sub (local.get $byte) (i32.const 32)) (i32.const 94))
                (i32.or
                  (i32.eq (local.get $byte) (i32.const 34))
                  (i32.eq (local.get $byte) (i32.const 92))))
              (then (return (i32.const 0))))
            (local.set $at (call $put (local.get $at) (local.get $byte)))
            (global.set $pos (i32.add (global.get $pos) (i32.const 1)))
            (br $character)))
        (local.set $at (call $copy (local.get $at) (i32.const 176) (i32.const 3)))
        (local.set $length (call $varint))
        ;; no value at all is written as an empty one
        (if (i32.eq (local.get $length) (i32.const -1)) (then (local.set $length (i32.const 0))))
        (if
          (i32.gt_u (local.get $length) (i32.sub (global.get $end) (global.get $pos)))
          (then (return (i32.const 0))))
        (local.set $stop (i32.add (global.get $pos) (local.get $length)))
        (if (local.get $length)
          (then
            (loop $byte
              (local.set $at (call $signed (local.get $at) (i32.load8_u (global.get $pos))))
              (global.set $pos (i32.add (global.get $pos) (i32.const 1)))
              (br_if $byte (i32.lt_u (global.get $pos) (local.get $stop))))
            ;; over the last comma
            (local.set $at (i32.sub (local.get $at) (i32.const 1)))))
        (local.set $at (call $copy (local.get $at) (i32.const 184) (i32.const 3)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br_if $header (local.get $count))
        ;; over the last comma
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))))
    (call $copy (local.get $at) (i32.const 192) (i32.const 2)))

  ;; Records that have front and kind of time in common, with a comma between two; gives how many there are, up to the first
  ;; whose headers are not for $headers. The table's columns follow one another: offsets (f64), times (f64), places (six i32 each:
  ;; start and length of the key, of the value, start of the headers, end), and room for where each record ends (i32).
  (func (export "rows")
    (param $at i32)
    (param $front i32) (param $frontLength i32)
    (param $isAppendTime i32)
    (param $table i32) (param $count i32)
    (param $base i32) ;; where the bytes stand that places count from; before the memory's begin, maybe
    (result i32)
    (local $row i32) (local $place i32) (local $number i32) (local $ends i32)
    (local.set $number (local.get $table))
    (local.set $place (i32.add (local.get $table) (i32.shl (local.get $count) (i32.const 4))))
    (local.set $ends (i32.add (local.get $place) (i32.mul (local.get $count) (i32.const 24))))
    (loop $next
      (if (local.get $row) (then (local.set $at (call $put (local.get $at) (i32.const 44)))))
      (local.set $at
        (call $headers
          (call $body
            (local.get $at)
            (local.get $front) (local.get $frontLength)
            (f64.load (local.get $number))
            (f64.load (i32.add (local.get $number) (i32.shl (local.get $count) (i32.const 3))))
            (local.get $isAppendTime)
            (i32.add (local.get $base) (i32.load (local.get $place)))
            (i32.load offset=4 (local.get $place))
            (i32.add (local.get $base) (i32.load offset=8 (local.get $place)))
            (i32.load offset=12 (local.get $place)))
          (i32.add (local.get $base) (i32.load offset=16 (local.get $place)))
          (i32.add (local.get $base) (i32.load offset=20 (local.get $place)))))
      (if (i32.eqz (local.get $at)) (then (return (local.get $row))))
      (i32.store (local.get $ends) (local.get $at))
      (local.set $number (i32.add (local.get $number) (i32.const 8)))
      (local.set $place (i32.add (local.get $place) (i32.const 24)))
      (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
      (br_if $next
        (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $count))))
    (local.get $row)))
