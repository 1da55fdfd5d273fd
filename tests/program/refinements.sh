# Tokens that see each other before anything is compared: trained, stored with their running statistics, resumed to the
# same bits, refused where nothing looks at them.
source "$MGAN_SOURCE/tests/program/lib.bash"
small=(--train-scenes 32 --validation-scenes 4 --refine-heads 4)

for kind in vsrn gat agsa; do
  all=(--refine-regions $kind --refine-patches $kind --refine-words $kind)
  train "${small[@]}" "${all[@]}" -o $kind >out.txt 2>err.txt || fail "$kind: $(cat err.txt)"
  grep -aq 'matcher.regions.refinement' $kind/last.safetensors || fail "$kind: no weights of the regions' refinement"
  grep -aq 'matcher.text.refinement.*norm.*variance' $kind/last.safetensors || fail "$kind: no running statistics"
  returns 0 "$MGAN" evaluate $kind/best.safetensors >out.txt
done

# Killed in the middle and resumed: the same bits, running statistics too.
kill_shim
run=(--checkpoint-every 1 --epochs 1 --warmup-epochs 0 "${small[@]}" --refine-regions gat --refine-words agsa)
train "${run[@]}" -o whole >out.txt
train_command "${run[@]}" -o killed
killed_at 12 "$PWD/killed" "${command[@]}" >out.txt 2>err.txt && fail 'the run was not killed'
train "${run[@]}" --resume -o killed >out.txt
same_run whole killed

# CAMERA by its parts; modules that pool.
train "${small[@]}" --region-alignment camera --refine-regions agsa --refine-words agsa --global-alignment none \
  --patch-alignment none -o camera >out.txt 2>err.txt || fail "camera: $(cat err.txt)"

refuses '--refine-regions is gat, but --region-alignment is none' train --refine-regions gat --region-alignment none -o bad
refuses '--refine-patches is vsrn, but --patch-alignment is none' train --refine-patches vsrn --patch-alignment none -o bad
refuses '--refine-heads 5 does not divide --width 32' train --refine-words agsa --refine-heads 5 -o bad
refuses '--refine-layers is 2, but --refine-words is gat, which has one layer' train --refine-words gat --refine-layers 2 -o bad
refuses "--refine-words is 'lstm', expected none, vsrn, gat or agsa" train --refine-words lstm -o bad
[ ! -e bad ] || fail 'a refused run left a folder'
