# What the program refuses: exit code 2 and one line that names the file and the place.
source "$MGAN_SOURCE/tests/program/lib.bash"

refuses "unknown alignment module 'nosuch'; there are: .*interaction, .*naaf, .*none" train --patch-alignment nosuch -o x
refuses "unknown alignment module 'interaction'; there are: views, " train --region-alignment interaction -o x
refuses "unknown alignment module 'views' for the patch slot" "$MGAN" compare --quick --module views -o x
refuses "augment is 'turn', expected none, crop or flip" train --augment turn -o x
refuses 'word-dropout is 1, expected 0 or more and below 1' train --word-dropout 1 -o x
refuses "regions is 'nosuch'" train --regions nosuch -o x
refuses "batch is 100, but there are 64" train --batch 100 -o x
refuses 'every granularity is left out|nothing to align' \
  train --patch-alignment none --region-alignment none --global-alignment none -o x

photographs good
photos() { train --batch 4 --min-count 1 "$@" -o x; }
copy() {
  rm -rf bad
  cp -r good bad
}
photos --data good/data.json --images good >out.txt

refuses 'nosuch.json: cannot read: No such file' photos --data nosuch.json --images good
refuses 'nosuch: 8 of 8 images are missing' photos --data good/data.json --images nosuch
refuses 'good: 0 files dataset\*.json, expected one' photos --data good
copy && rm bad/3.png bad/5.png
refuses 'bad: 2 of 8 images are missing: 3.png, 5.png' photos --data bad/data.json --images bad
copy && truncate -s 100 bad/data.json
refuses 'bad/data.json: malformed JSON' photos --data bad/data.json --images bad
copy && truncate -s 60 bad/2.png
refuses 'bad/2.png: not a readable PNG' photos --data bad/data.json --images bad
copy && printf '\xff\xd8\xff\xe0\x00\x10JFIF' >bad/6.jpg && sed -i 's/"6.png"/"6.jpg"/' bad/data.json
refuses 'bad/6.jpg: not a readable JPEG' photos --data bad/data.json --images bad
copy && sed -i 's/a red board 4"/..."/' bad/data.json
refuses "bad/data.json: images\[4\] '4.png': caption 0 has no words" photos --data bad/data.json --images bad
copy && sed -i 's/"split":"val"/"split":"dev"/' bad/data.json
refuses "unknown split 'dev'" photos --data bad/data.json --images bad
copy && sed -i 's/"imgid":7/"imgid":6/' bad/data.json
refuses 'imgid 6 occurs twice' photos --data bad/data.json --images bad

train -o run >out.txt
cp -r run other
refuses 'last.safetensors: was written with another configuration' train --resume --seed 2 -o other
refuses 'last.safetensors: was written with another configuration' train --resume --epochs 3 -o other
refuses 'last.safetensors: was written with another configuration \(model/width 32 -> 64\)' train --resume --width 64 -o other
cmp run/log.jsonl other/log.jsonl || fail "a refused resume touched the log"
truncate -s -10 other/last.safetensors
refuses 'other/last.safetensors: ' train --resume -o other
truncate -s 4 other/last.safetensors
refuses 'other/last.safetensors: ' train --resume -o other

returns 2 "$MGAN"
returns 2 "$MGAN" nosuch
returns 2 "$MGAN" train --epochs many
returns 0 "$MGAN" --help
returns 0 "$MGAN" train --help
