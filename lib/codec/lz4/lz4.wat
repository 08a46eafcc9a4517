;; One LZ4 block, decoded through a window of fixed size: the core of sequence.ts and text.ts. After a change run
;; `node tools/wasm/lz4.ts`, which writes module.ts. Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
;;
;;   0       | 64            | 65,664                                       | 262,080
;;   state   | input, 64 KB  + 64 | 64 KB that matches may reach, then output  + 64
;;
;; The 64 bytes behind input and output are room for copies of 16 bytes that end late; nobody reads what they leave there.
;; The memory can neither grow nor shrink, so views of it stay valid and a value of any size costs four pages.
(module
  (memory (export "memory") 4 4)

  ;; Decodes until the block ends or the input or the window is used up. Positions are addresses; `last` and `cap` may lie
  ;; beyond the memory: they say where the whole block would end, and where its output has to.
  ;;   0 ..  the address after the last byte written: the block is done
  ;;   -1    the block breaks the format
  ;;   -2    the block would be decompressed past `cap`
  ;;   -3    more input or more room is needed: pos (0), at (4) and the step to go on with (8) are in the state, beside the
  ;;         token (12), the rest of a length (16) and the distance (20)
  (func (export "decode")
    (param $step i32) ;; 0 to begin a block, else what the state says
    (param $pos i32) ;; next byte of input
    (param $end i32) ;; end of the input that is here
    (param $at i32) ;; where the next byte goes
    (param $stop i32) ;; end of the window, at most $cap
    (param $floor i32) ;; lowest address that a match may read
    (param $last i32) ;; end of the block
    (param $cap i32) ;; limit of its output
    (result i32)
    (local $token i32) (local $length i32) (local $distance i32)
    (local $read i32) (local $more i32) (local $part i32) (local $to i32)
    (local.set $token (i32.load offset=12 (i32.const 0)))
    (local.set $length (i32.load offset=16 (i32.const 0)))
    (local.set $distance (i32.load offset=20 (i32.const 0)))
    (block $suspend
      (block $full
        (block $broken
          (loop $sequence
            (block $matchCopy
              (block $matchLength
                (block $offset
                  (block $literals
                    (block $literalLength
                      (block $start
                        (br_table $start $literalLength $literals $offset $matchLength $matchCopy (local.get $step)))

                      ;; step 0: sequences that need no look at the borders: at most 14 literals and 18 bytes of match
                      (loop $fast
                        (if (i32.or
                              (i32.gt_s (local.get $pos) (i32.sub (local.get $end) (i32.const 17)))
                              (i32.gt_s (local.get $at) (i32.sub (local.get $stop) (i32.const 32))))
                          (then
                            (local.set $step (i32.const 0))
                            (br_if $broken (i32.eq (local.get $pos) (local.get $last)))
                            (br_if $suspend (i32.eq (local.get $pos) (local.get $end)))
                            (local.set $token (i32.load8_u (local.get $pos)))
                            (local.set $pos (i32.add (local.get $pos) (i32.const 1)))
                            (local.set $length (i32.shr_u (local.get $token) (i32.const 4)))
                            (br $literalLength)))
                        (local.set $token (i32.load8_u (local.get $pos)))
                        (local.set $pos (i32.add (local.get $pos) (i32.const 1)))
                        (local.set $length (i32.shr_u (local.get $token) (i32.const 4)))
                        (br_if $literalLength (i32.eq (local.get $length) (i32.const 15)))
                        (v128.store (local.get $at) (v128.load (local.get $pos)))
                        (local.set $at (i32.add (local.get $at) (local.get $length)))
                        (local.set $pos (i32.add (local.get $pos) (local.get $length)))
                        (local.set $distance (i32.load16_u (local.get $pos)))
                        (local.set $pos (i32.add (local.get $pos) (i32.const 2)))
                        (local.set $length (i32.add (i32.and (local.get $token) (i32.const 15)) (i32.const 4)))
                        (br_if $matchLength (i32.eq (local.get $length) (i32.const 19)))
                        (local.set $read (i32.sub (local.get $at) (local.get $distance)))
                        (br_if $broken (i32.lt_u (local.get $read) (local.get $floor)))
                        (br_if $matchLength (i32.lt_u (local.get $distance) (i32.const 8)))
                        ;; 8 and 8 rather than 16: a distance below 16 repeats what the first half has just written
                        (i64.store (local.get $at) (i64.load (local.get $read)))
                        (i64.store offset=8 (local.get $at) (i64.load offset=8 (local.get $read)))
                        (i32.store16 offset=16 (local.get $at) (i32.load16_u offset=16 (local.get $read)))
                        (local.set $at (i32.add (local.get $at) (local.get $length)))
                        (br $fast)))

                    ;; step 1: 15 literals or more; a length of 1 GB or more is too long however it goes on
                    (if (i32.ge_u (local.get $length) (i32.const 15))
                      (then
                        (loop $byte
                          (if (i32.ne (local.get $pos) (local.get $last))
                            (then
                              (local.set $step (i32.const 1))
                              (br_if $suspend (i32.eq (local.get $pos) (local.get $end)))
                              (local.set $more (i32.load8_u (local.get $pos)))
                              (local.set $pos (i32.add (local.get $pos) (i32.const 1)))
                              (if (i32.lt_u (local.get $length) (i32.const 0x40000000))
                                (then (local.set $length (i32.add (local.get $length) (local.get $more)))))
                              (br_if $byte (i32.eq (local.get $more) (i32.const 255))))))))
                    (br_if $broken (i32.gt_u (local.get $length) (i32.sub (local.get $last) (local.get $pos))))
                    (br_if $full (i32.gt_u (local.get $length) (i32.sub (local.get $cap) (local.get $at)))))

                  ;; step 2: as many literals as are here and have room
                  (local.set $part (i32.sub (local.get $end) (local.get $pos)))
                  (if (i32.gt_u (local.get $part) (i32.sub (local.get $stop) (local.get $at)))
                    (then (local.set $part (i32.sub (local.get $stop) (local.get $at)))))
                  (if (i32.gt_u (local.get $part) (local.get $length))
                    (then (local.set $part (local.get $length))))
                  (if (i32.gt_u (local.get $part) (i32.const 256))
                    (then (memory.copy (local.get $at) (local.get $pos) (local.get $part)))
                    (else
                      (local.set $to (i32.const 0))
                      (loop $more16
                        (v128.store
                          (i32.add (local.get $at) (local.get $to))
                          (v128.load (i32.add (local.get $pos) (local.get $to))))
                        (local.set $to (i32.add (local.get $to) (i32.const 16)))
                        (br_if $more16 (i32.lt_u (local.get $to) (local.get $part))))))
                  (local.set $pos (i32.add (local.get $pos) (local.get $part)))
                  (local.set $at (i32.add (local.get $at) (local.get $part)))
                  (local.set $length (i32.sub (local.get $length) (local.get $part)))
                  (local.set $step (i32.const 2))
                  (br_if $suspend (local.get $length))
                  (if (i32.eq (local.get $pos) (local.get $last))
                    (then (return (local.get $at))))) ;; a block ends with literals

                ;; step 3: the distance
                (br_if $broken (i32.lt_u (i32.sub (local.get $last) (local.get $pos)) (i32.const 2)))
                (local.set $step (i32.const 3))
                (br_if $suspend (i32.lt_u (i32.sub (local.get $end) (local.get $pos)) (i32.const 2)))
                (local.set $distance (i32.load16_u (local.get $pos)))
                (local.set $pos (i32.add (local.get $pos) (i32.const 2)))
                (local.set $length (i32.add (i32.and (local.get $token) (i32.const 15)) (i32.const 4))))

              ;; step 4: the length of the match, 19 or more where it goes on
              (if (i32.ge_u (local.get $length) (i32.const 19))
                (then
                  (loop $byte
                    (if (i32.ne (local.get $pos) (local.get $last))
                      (then
                        (local.set $step (i32.const 4))
                        (br_if $suspend (i32.eq (local.get $pos) (local.get $end)))
                        (local.set $more (i32.load8_u (local.get $pos)))
                        (local.set $pos (i32.add (local.get $pos) (i32.const 1)))
                        (if (i32.lt_u (local.get $length) (i32.const 0x40000000))
                          (then (local.set $length (i32.add (local.get $length) (local.get $more)))))
                        (br_if $byte (i32.eq (local.get $more) (i32.const 255))))))))
              (br_if $broken (i32.eqz (local.get $distance)))
              (br_if $broken
                (i32.lt_u (i32.sub (local.get $at) (local.get $distance)) (local.get $floor)))
              (br_if $full (i32.gt_u (local.get $length) (i32.sub (local.get $cap) (local.get $at)))))

            ;; step 5: as much of the match as has room
            (local.set $part (i32.sub (local.get $stop) (local.get $at)))
            (if (i32.gt_u (local.get $part) (local.get $length))
              (then (local.set $part (local.get $length))))
            (local.set $length (i32.sub (local.get $length) (local.get $part)))
            (local.set $to (i32.add (local.get $at) (local.get $part)))
            (local.set $read (i32.sub (local.get $at) (local.get $distance)))
            (local.set $more (local.get $distance))
            (if (i32.lt_u (local.get $more) (i32.const 16))
              (then
                ;; A near match repeats what it just wrote: 16 bytes one by one, then from the multiple of the distance
                ;; that is 16 or more, at which the same bytes stand.
                (local.set $part (i32.add (local.get $at) (i32.const 16)))
                (loop $one
                  (i32.store8 (local.get $at) (i32.load8_u (local.get $read)))
                  (local.set $read (i32.add (local.get $read) (i32.const 1)))
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (br_if $one (i32.lt_u (local.get $at) (local.get $part))))
                (local.set $read
                  (i32.sub
                    (local.get $at)
                    (i32.mul
                      (local.get $more)
                      (i32.add (i32.div_u (i32.const 15) (local.get $more)) (i32.const 1)))))))
            (if (i32.lt_u (local.get $at) (local.get $to))
              (then
                (loop $more16
                  (v128.store (local.get $at) (v128.load (local.get $read)))
                  (local.set $read (i32.add (local.get $read) (i32.const 16)))
                  (local.set $at (i32.add (local.get $at) (i32.const 16)))
                  (br_if $more16 (i32.lt_u (local.get $at) (local.get $to))))))
            (local.set $at (local.get $to))
            (local.set $step (i32.const 5))
            (br_if $suspend (local.get $length))
            (local.set $step (i32.const 0))
            (br $sequence)))
        (return (i32.const -1)))
      (return (i32.const -2)))
    (i32.store (i32.const 0) (local.get $pos))
    (i32.store offset=4 (i32.const 0) (local.get $at))
    (i32.store offset=8 (i32.const 0) (local.get $step))
    (i32.store offset=12 (i32.const 0) (local.get $token))
    (i32.store offset=16 (i32.const 0) (local.get $length))
    (i32.store offset=20 (i32.const 0) (local.get $distance))
    (i32.const -3))

  ;; What the text from $at up to $end, in the output, consists of: 1 for ASCII alone, which is the same text as Latin-1 and UTF-8, plus 2
  ;; where sixteen digits follow each other.
  (func (export "scan") (param $at i32) (param $end i32) (result i32)
    (local $bytes v128) (local $high v128) (local $eights v128)
    (local $next i32) (local $digits i32) (local $run i32) (local $runs i32)
    ;; Sixteen bytes are read at a time: what stands behind the end is no digit.
    (v128.store (local.get $end) (v128.const i64x2 0 0))
    (local.set $next (local.get $at))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $next) (local.get $end)))
        (local.set $bytes (v128.load (local.get $next)))
        (local.set $high (v128.or (local.get $high) (local.get $bytes)))
        ;; sixteen digits in a row hold eight that begin here or in the middle
        (local.set $eights
          (v128.or (local.get $eights)
            (i64x2.eq (call $areDigits (local.get $bytes)) (v128.const i64x2 -1 -1))))
        (local.set $next (i32.add (local.get $next) (i32.const 16)))
        (br $more)))
    (if (v128.any_true (local.get $eights))
      (then
        (loop $more
          ;; one bit a byte: the sixteen bytes before in the lower half, these in the upper one
          (local.set $digits
            (i32.or
              (i32.shr_u (local.get $digits) (i32.const 16))
              (i32.shl (i8x16.bitmask (call $areDigits (v128.load (local.get $at)))) (i32.const 16))))
          ;; a bit is left where 2, 4, 8, 16 of them follow each other
          (local.set $run (i32.and (local.get $digits) (i32.shr_u (local.get $digits) (i32.const 1))))
          (local.set $run (i32.and (local.get $run) (i32.shr_u (local.get $run) (i32.const 2))))
          (local.set $run (i32.and (local.get $run) (i32.shr_u (local.get $run) (i32.const 4))))
          (local.set $run (i32.and (local.get $run) (i32.shr_u (local.get $run) (i32.const 8))))
          (local.set $runs (i32.or (local.get $runs) (local.get $run)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $more (i32.lt_u (local.get $at) (local.get $end))))))
    (i32.or
      (i32.eqz (i8x16.bitmask (local.get $high)))
      (i32.shl (i32.ne (local.get $runs) (i32.const 0)) (i32.const 1))))

  (func $areDigits (param $bytes v128) (result v128)
    (i8x16.le_u (i8x16.sub (local.get $bytes) (i8x16.splat (i32.const 0x30))) (i8x16.splat (i32.const 9)))))
