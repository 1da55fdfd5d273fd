# The same seed gives the same bits; another seed does not.
source "$MGAN_SOURCE/tests/program/lib.bash"

train -o a
train -o b
same_run a b
train --seed 2 -o c
! cmp -s a/last.safetensors c/last.safetensors || fail "another seed gave the same weights"
