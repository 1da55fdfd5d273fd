"""The other side of scripts/bench: python peer.py ROLE. Requests are lines of JSON on the standard input, answers lines
of JSON on the standard output. A request that fails answers {"error": why}; the end of the input ends it."""

import importlib
import json
import os
import sys
import sysconfig
import traceback


def fault_of_compiling():
    """Why torch.compile cannot work here, or nothing."""
    header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    if not os.path.exists(header):
        return "torch.compile needs Python.h (Debian: python3-dev) and it is not here"
    return None


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to the standard error
    role = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "hello":
                role = importlib.import_module("peer_" + sys.argv[1]).Role()
                answer = role.hello(request)
                answer["python"] = sys.version.split()[0]
                answer["no_compile"] = fault_of_compiling()
            else:
                answer = getattr(role, request["do"])(request) or {}
        except Exception as error:  # told to the other side, which decides
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
