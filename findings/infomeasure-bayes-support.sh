#!/usr/bin/env bash
# infomeasure 0.6.3 (NumPy 2.4.6): entropy(x, approach="bayes", alpha=a, K=k) documents the probabilities
# p = (n + a) / (N + k a) of a support of k symbols and minus the sum of p log p. It sums over the
# symbols that were seen and leaves out those that were not, n = 0 and p = a / (N + k a), for which
# one gives k. So the probabilities do not make 1, and the entropy falls with the support where it must
# rise. For counts of 5, 3 and 2 and alpha="laplace" it gives 1.06, 0.97 and 0.38 for k = 3, 10 and 100,
# right is 1.06, 2.02 and 4.52 nats; the probabilities, by the estimator's dist_dict, make 1.00, 0.65 and
# 0.12. For a = 1e6, next to which the counts are nothing, it gives 0.69 for k = 10, right is log 10 =
# 2.30. Without k, or for k = 3, all is right.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    infomeasure==0.6.3 numpy==2.4.6 scipy==1.17.1 numba==0.68.1 sparse==0.19.3
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import infomeasure
import numpy as np

COUNTS = [5, 3, 2]
symbols = np.repeat(np.arange(len(COUNTS)), COUNTS)
for alpha, value in (("laplace", 1.0), ("jeffrey", 0.5), (1e6, 1e6)):
    for k in (None, 3, 6, 10, 100):
        theirs = infomeasure.entropy(symbols, approach="bayes", alpha=alpha, K=k, base="e")
        asked = infomeasure.estimator(symbols, measure="entropy", approach="bayes", alpha=alpha, K=k)
        total = sum(asked.dist_dict.values())
        support = len(COUNTS) if k is None else k
        counts = np.array(COUNTS + [0] * (support - len(COUNTS)))
        p = (counts + value) / (len(symbols) + support * value)
        terms = -p * np.log(p)
        right, seen = terms.sum(), terms[counts > 0].sum()
        print(f"alpha {alpha}, K = {k}: infomeasure {theirs:.3f} of probabilities that make {total:.3f}, "
              f"formula {right:.3f}, without those not seen {seen:.3f}")
        assert abs(p.sum() - 1.0) < 1e-9
        assert abs(theirs - seen) < 1e-9, "it no longer leaves out the symbols that were not seen"
        assert abs(total - p[counts > 0].sum()) < 1e-9
        assert value < 1e6 or abs(right - np.log(support)) < 1e-6
        assert (abs(theirs - right) < 1e-9) == (support == len(COUNTS))
PY
