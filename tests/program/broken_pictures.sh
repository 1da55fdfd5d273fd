# Pictures that cannot be read: fatal, or named and left out.
source "$MGAN_SOURCE/tests/program/lib.bash"

photographs set
photos() { train --data set/data.json --images set --batch 4 --min-count 1 "$@"; }
photos --broken-pictures skip -o whole >out.txt 2>err.txt
! grep -q warning err.txt || fail "$(cat err.txt)"
truncate -s 60 set/2.png  # the header is whole, the pixels are not
rm set/5.png
printf 'GIF89a' >set/6.png
printf 'GIF89a' >set/8.png
refuses 'set: 1 of 8 images are missing: 5.png' photos -o x

photos --broken-pictures skip -o skipped >out.txt 2>err.txt || fail "$(cat err.txt)"
for words in 'train: set/2.png: not a readable PNG.*; left out' 'train: set/5.png: cannot read: No such file.*; left out' \
  'train: set/6.png: neither JPEG nor PNG.*; left out' 'val: set/8.png: neither JPEG nor PNG.*; left out'; do
  grep -qE "^warning: $words$" err.txt || fail "no '$words' in $(cat err.txt)"
done
[ "$(wc -l <err.txt)" -eq 4 ] || fail "$(cat err.txt)"
refuses 'set/8.png: neither JPEG nor PNG' "$MGAN" evaluate skipped/best.safetensors --broken-pictures fatal
"$MGAN" evaluate skipped/best.safetensors 2>err.txt | grep -q 'split val, 1 images' || fail "skipped at evaluation"
for i in 0 1 3 4; do printf 'GIF89a' >"set/$i.png"; done
returns 2 photos --broken-pictures skip -o x
[ "$(tail -1 err.txt)" = 'mgan: batch is 4, but there are 1 training images (--batch)' ] || fail "$(cat out.txt err.txt)"
