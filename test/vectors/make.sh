#!/usr/bin/env bash
# Makes the codec vectors in this folder with other people's encoders. Needs Debian's lz4, zstd, gzip, brotli and
# openssl, python3 with venv, a JDK and Maven; README.md has the versions that made the committed files.
# Usage: test/vectors/make.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

awk 'BEGIN { printf "{\"orderId\":\"o-4711\",\"items\":["; for (i = 0; i < 14; i++) printf "%s{\"sku\":\"%d\",\"price\":%d,\"name\":\"Über %d\"}", i ? "," : "", i * 7919 % 10007, i * 104729 % 99991, i * i; print "]}" }' > small
awk 'BEGIN { for (i = 0; i < 9000; i++) printf "{\"id\":%d,\"state\":\"%s\"}\n", int(i / 50), i % 7 ? "shipped" : "pending" }' > large
: > empty
head -c 3000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2> /dev/null > noise

for input in small large; do
  lz4 -q -c "$input" > "$input-cli.lz4"
  zstd -q -c "$input" > "$input-cli.zst"
  gzip -n -c "$input" > "$input-cli.gz"
  brotli -c "$input" > "$input-cli.br"
done
lz4 -q -c empty > empty-cli.lz4
lz4 -q -c noise > noise-cli.lz4
lz4 -q -B4 -BD -c large > large-linked-64k.lz4
lz4 -q -B4 -BX -c large > large-block-checksums.lz4
lz4 -q -B7 --content-size -c large > large-4m-content-size.lz4
lz4 -q -12 --no-frame-crc -c large > large-hc-no-crc.lz4
lz4 -q -l -c large > large-legacy.lz4
cat small-cli.lz4 small-cli.lz4 > two-frames.lz4
{ printf '\x50\x2a\x4d\x18\x03\x00\x00\x00abc'; cat small-cli.lz4; } > skippable-first.lz4
lz4 -q < large > large-pipe.lz4
zstd -q -19 --no-check -c large > large-19-no-check.zst
zstd -q < large > large-pipe.zst
zstd -q --no-content-size -c small > small-no-size.zst
cat small-cli.zst small-cli.zst > two-frames.zst
{ printf '\x5f\x2a\x4d\x18\x03\x00\x00\x00abc'; cat small-cli.zst; } > skippable-first.zst
cat small-cli.gz small-cli.gz > two-members.gz
gzip -N -c small > small-named.gz

python3 -m venv venv
venv/bin/pip -q install lz4==4.4.5 python-snappy==0.7.3
venv/bin/python - <<'PYTHON'
import zlib, lz4.block, lz4.frame, snappy
for name in ('small', 'large'):
    data = open(name, 'rb').read()
    def put(suffix, packed):
        open(name + suffix, 'wb').write(packed)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    put('-python.zlib', zlib.compress(data))
    put('-python.deflate', raw.compress(data) + raw.flush())
    put('-python.lz4-block', lz4.block.compress(data))
    put('-python.lz4', lz4.frame.compress(data, content_checksum=True, block_checksum=True))
    put('-python.snappy', snappy.compress(data))
    put('-python.snappy-framed', snappy.StreamCompressor().add_chunk(data))
PYTHON

for artifact in org.lz4:lz4-java:1.8.0 org.xerial.snappy:snappy-java:1.1.10.7; do
  mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$work/jars"
done
cat > Make.java <<'JAVA'
import java.io.*;
import java.nio.file.*;
import net.jpountz.lz4.*;
import org.xerial.snappy.*;

public class Make {
  interface Wrap { OutputStream around(OutputStream out) throws IOException; }

  static void put(String name, String suffix, Wrap wrap) throws IOException {
    byte[] data = Files.readAllBytes(Path.of(name));
    try (OutputStream out = wrap.around(new FileOutputStream(name + suffix))) { out.write(data); }
  }

  public static void main(String[] args) throws IOException {
    for (String name : new String[] {"small", "large", "noise"}) {
      put(name, "-java.lz4-java", out -> new LZ4BlockOutputStream(out));
      put(name, "-java.lz4", out -> new LZ4FrameOutputStream(out));
      put(name, "-java.snappy-xerial", out -> new SnappyOutputStream(out));
      put(name, "-java.snappy-framed", out -> new SnappyFramedOutputStream(out));
    }
  }
}
JAVA
java -cp "jars/*" Make.java

find . -maxdepth 1 -name '*.*' -type f ! -name '*.java' -exec cp {} "$here/" \;
{ for input in small large empty noise; do printf '%s %s\n' "$(sha256sum < "$input" | cut -d' ' -f1)" "$input"; done
  printf '%s small twice\n' "$(cat small small | sha256sum | cut -d' ' -f1)"; } > "$here/inputs.sha256"
