# --precision bf16 takes the encoders' products in bfloat16 and nothing else; --device refuses
# what is not there.
source "$MGAN_SOURCE/tests/program/lib.bash"

evaluate() { "$MGAN" evaluate "$@"; }
small() { train --epochs 1 "$@"; }

small -o full >out.txt
small --precision bf16 -o half >out.txt
small --precision bf16 -o again >out.txt
cmp half/best.safetensors again/best.safetensors
cmp -s full/best.safetensors half/best.safetensors && fail "bf16 products have the bits of fp32"
first_loss() { sed -n '1s/.*"loss":\([0-9.]*\).*/\1/p' "$1/log.jsonl"; }
awk -v a="$(first_loss full)" -v b="$(first_loss half)" 'BEGIN { d = (a - b) / a; exit !(a > 0 && d < 0.02 && d > -0.02) }' ||
  fail "first losses $(first_loss full) and $(first_loss half)"
evaluate half/best.safetensors | grep -q '^all granularities' || fail "evaluate"
small --precision bf16 --resume -o half >out.txt
refuses 'model/precision "bf16" -> "fp32"' small --resume -o half


# bf16-all: the matcher's products as well, while scores and losses stay fp32.
small --precision bf16-all -o whole >out.txt
small --precision bf16-all -o whole-again >out.txt
cmp whole/best.safetensors whole-again/best.safetensors
cmp -s half/best.safetensors whole/best.safetensors && fail "bf16-all has the bits of bf16"
awk -v a="$(first_loss full)" -v b="$(first_loss whole)" 'BEGIN { d = (a - b) / a; exit !(a > 0 && d < 0.02 && d > -0.02) }' ||
  fail "first losses $(first_loss full) and $(first_loss whole)"
evaluate whole/best.safetensors | grep -q '^all granularities' || fail "evaluate"
refuses 'model/precision "bf16-all" -> "bf16"' small --precision bf16 --resume -o whole

refuses "precision is 'fp16', expected fp32, bf16 or bf16-all" small --precision fp16 -o other
refuses "--device is 'tpu', expected cpu, cuda or cuda:N" small --device tpu -o other
refuses "--device is 'cuda:x', expected cpu, cuda or cuda:N" evaluate full/best.safetensors --device cuda:x
if [ ! -e /dev/nvidia0 ]; then
  refuses '--device cuda: there is no GPU' small --device cuda -o other
  refuses '--device cuda:1: there is no GPU' evaluate full/best.safetensors --device cuda:1
fi
