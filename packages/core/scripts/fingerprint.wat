;; NH over a run of pages, both passes in one sweep. What it computes, and why that is enough: fingerprint.ts.
;; Where key, pages and results lie: kernel.ts. Assembled by build-fingerprint.ts.
;;
;; A group is 32 bytes: eight words of 32 bits, $m the first four and $n the others. Word i is multiplied with
;; word i + 4. The second pass uses the key one group further on, so every piece of key is loaded once: it
;; serves the second pass of one group, and stays in $a and $b for the first pass of the next.
;;
;; One group a round is enough. The multiplications wait for the lanes to be spread out, not for each other or
;; for the loop, so unrolling gains nothing.
(module
  (import "fingerprint" "memory" (memory 1))

  ;; $count and $pageBytes are at least 1 and 32; $pageBytes is a multiple of 32. Key at address 0.
  (func (export "hash")
    (param $at i32) (param $count i32) (param $pageBytes i32) (param $length i32) (param $out i32)
    (local $end i32) (local $key i32)
    (local $zero v128) (local $a v128) (local $b v128)
    (local $m v128) (local $n v128) (local $x v128) (local $y v128)
    (local $low1 v128) (local $high1 v128) (local $low2 v128) (local $high2 v128)

    (loop $pages
      (local.set $end (i32.add (local.get $at) (local.get $pageBytes)))
      (local.set $key (i32.const 0))
      (local.set $a (v128.load (local.get $key)))
      (local.set $b (v128.load offset=16 (local.get $key)))
      (local.set $low1 (local.get $zero))
      (local.set $high1 (local.get $zero))
      (local.set $low2 (local.get $zero))
      (local.set $high2 (local.get $zero))

      (loop $groups
        (local.set $m (v128.load (local.get $at)))
        (local.set $n (v128.load offset=16 (local.get $at)))

        (local.set $x (i32x4.add (local.get $m) (local.get $a)))
        (local.set $y (i32x4.add (local.get $n) (local.get $b)))
        (local.set $low1
          (i64x2.add (local.get $low1) (i64x2.extmul_low_i32x4_u (local.get $x) (local.get $y))))
        (local.set $high1
          (i64x2.add (local.get $high1) (i64x2.extmul_high_i32x4_u (local.get $x) (local.get $y))))

        (local.set $a (v128.load offset=32 (local.get $key)))
        (local.set $b (v128.load offset=48 (local.get $key)))

        (local.set $x (i32x4.add (local.get $m) (local.get $a)))
        (local.set $y (i32x4.add (local.get $n) (local.get $b)))
        (local.set $low2
          (i64x2.add (local.get $low2) (i64x2.extmul_low_i32x4_u (local.get $x) (local.get $y))))
        (local.set $high2
          (i64x2.add (local.get $high2) (i64x2.extmul_high_i32x4_u (local.get $x) (local.get $y))))

        (local.set $key (i32.add (local.get $key) (i32.const 32)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br_if $groups (i32.ne (local.get $at) (local.get $end))))

      (local.set $low1 (i64x2.add (local.get $low1) (local.get $high1)))
      (i64.store (local.get $out)
        (i64.add (i64.extend_i32_u (local.get $length))
          (i64.add (i64x2.extract_lane 0 (local.get $low1)) (i64x2.extract_lane 1 (local.get $low1)))))

      (local.set $low2 (i64x2.add (local.get $low2) (local.get $high2)))
      (i64.store offset=8 (local.get $out)
        (i64.add (i64.extend_i32_u (local.get $length))
          (i64.add (i64x2.extract_lane 0 (local.get $low2)) (i64x2.extract_lane 1 (local.get $low2)))))

      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $pages (local.get $count)))))
