#!/usr/bin/env bash
# Takes the test files of zstd, brotli and snappy themselves, and writes down what each has to give: the SHA-256 of what it
# was packed from, or `refused`. Needs git, make and a C compiler (zstd's own decoder says what zstd's files hold).
# Usage: test/vectors/official/make.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

take() { # folder, commit: the repository https://github.com/<folder> as of that commit
  git init -q "$1"
  git -C "$1" fetch -q --depth 1 "https://github.com/$1" "$2"
  git -C "$1" checkout -q FETCH_HEAD
}
take facebook/zstd 2dddf0905619b70c25faeca7f1a39601dc97616f
take google/brotli 8e10eeb3378f6c459dbaf033ca6727e9816afccb
take google/snappy 6281a07b7e08629884ec93a89fea6e05c62e599c
make -s -C facebook/zstd/programs zstd-decompress > make.log 2>&1

put() { # file, name here, sum
  cp "$1" "$here/$2"
  printf '%s %s\n' "$3" "$2" >> sums
}
sum() { sha256sum | cut -d' ' -f1; }

for file in facebook/zstd/tests/golden-decompression/*.zst; do
  put "$file" "$(basename "$file")" "$(facebook/zstd/programs/zstd-decompress -q -dc "$file" | sum)"
done
for file in facebook/zstd/tests/golden-decompression-errors/*.zst; do
  put "$file" "$(basename "$file")" refused
done
# Those of at most 512 bytes; the others are books.
for file in $(find google/brotli/tests/testdata -name '*.compressed*' -size -2 | sort); do
  put "$file" "$(basename "$file").br" "$(sum < "${file%.compressed*}")"
done
for file in google/snappy/testdata/baddata*.snappy; do
  put "$file" "$(basename "$file")" refused
done
cp facebook/zstd/LICENSE "$here/zstd.LICENSE"
cp google/brotli/LICENSE "$here/brotli.LICENSE"
cp google/snappy/COPYING "$here/snappy.LICENSE"
mv sums "$here/sums.txt"
