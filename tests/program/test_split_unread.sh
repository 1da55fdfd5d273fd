# Training never opens the test split: its pictures and captions may be missing or broken.
source "$MGAN_SOURCE/tests/program/lib.bash"

photographs set
rm set/10.png set/11.png
sed -i 's/a red board 10"/"/' set/data.json
train --batch 4 --min-count 1 --data set/data.json --images set -o run >out.txt
"$MGAN" evaluate run/best.safetensors >out.txt
refuses 'caption 0' "$MGAN" evaluate run/best.safetensors --split test
