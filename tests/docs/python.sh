# python.sh ROOT PROGRAM: the Python of docs/verification.md makes a case that passes, and reads one that mgan made. 77:
# numpy or safetensors are not installed.
set -euo pipefail
root=$1 mgan=$2
python=${PYTHON:-python3}
"$python" -c 'import numpy, safetensors.numpy' 2>/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
awk '/^```python/ { n++; inside = 1; next } /^```/ { inside = 0 } inside { print > ("block" n ".py") }' "$root/docs/verification.md"
"$python" block1.py
"$mgan" verify blackboard.safetensors
"$mgan" verify --write cases --module global_alignment
"$python" block2.py cases/global_alignment-seed1.safetensors
