# 20 steps on 40 GB of features with under 2 GB of anonymous memory: the features are mapped, never loaded. The file is
# sparse: it has a header, and its rows are zeros that take no room on the disk.
source "$MGAN_SOURCE/tests/program/lib.bash"
trap 'rm -rf huge_precomp' EXIT

rows=135634 regions=36 width=2048
mkdir huge_precomp
npy_header() { printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"; }
# zeros FILE ROWS: so many rows of features, as a hole in the file.
zeros() {
  npy_header '<f4' "$2, $regions, $width" >"$1"
  truncate -s "$((128 + 4 * $2 * regions * width))" "$1" 2>/dev/null || exit 77  # no such files here
}
# repeated FILE BYTES ROWS: the bytes of standard input so many times, after the header that is there.
repeated() {
  cat >part
  local size
  size=$(stat -c %s part)
  while (($(stat -c %s part) < size * $2)); do
    cat part part >double
    mv double part
  done
  head -c "$((size * $2))" part >>"$1"
  rm part
}
# split NAME ROWS CAPTIONS
split() {
  zeros "huge_precomp/$1_ims.npy" "$2"
  npy_header '<f2' "$2, $regions, 4" >"huge_precomp/$1_boxes.npy"  # (1, 2, 30, 20) in half precision
  printf '\0\74\0\100\200\117\0\115' | repeated "huge_precomp/$1_boxes.npy" "$(($2 * regions))"
  npy_header '<i4' "$2, 2" >"huge_precomp/$1_img_sizes.npy"
  printf '\50\0\0\0\36\0\0\0' | repeated "huge_precomp/$1_img_sizes.npy" "$2"
  awk -v n="$3" -v name="$1" 'BEGIN { for (i = 0; i < n; ++i) print "a dog " i % 50 " in " name }' >"huge_precomp/$1_caps.txt"
  awk -v n="$2" -v each="$4" 'BEGIN { for (i = 0; i < n; ++i) print int(i / each) }' >"huge_precomp/$1_ids.txt"
}
split train "$rows" "$((5 * rows))" 1
split dev 50 50 5
apparent=$(stat -c %s huge_precomp/train_ims.npy)
[ "$apparent" -ge 40000000000 ] || fail "$apparent bytes"
[ "$(du -sk huge_precomp | cut -f1)" -lt 200000 ] || exit 77  # a file system without holes

train_command --data huge_precomp --batch 64 --epochs 1 --epoch-steps 20 --warmup-epochs 1 --width 64 -o run
# RLIMIT_DATA counts writable private memory, touched or not, and no mapped files.
(ulimit -d 2000000 && exec "${command[@]}") >out.txt 2>err.txt &
pid=$! most=0
while kill -0 "$pid" 2>/dev/null; do
  anonymous=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2>/dev/null) || true
  [ "${anonymous:-0}" -le "$most" ] || most=$anonymous
  sleep 0.1
done
wait "$pid" || fail "$(cat err.txt)"
[ "$(grep -c '"loss"' run/log.jsonl)" -eq 20 ] || fail "$(grep -c '"loss"' run/log.jsonl) steps"
[ "$most" -gt 10000 ] && [ "$most" -lt 2000000 ] || fail "$most kB of anonymous memory"
echo "$apparent bytes of features, 20 steps, at most $((most / 1000)) MB of anonymous memory; $(tail -1 out.txt)"

# The limit is one: with a tenth of the memory that was taken, the same run ends.
{ (ulimit -c 0 -d "$((most / 10))" && exec "${command[@]}") >out.txt 2>err.txt; } 2>/dev/null && fail "the limit does not hold"
exit 0
