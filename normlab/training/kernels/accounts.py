"""What a step does to each parameter, in one look at all of them."""

import numpy as np

from normlab.training.kernels.compile import kernel


@kernel
def add_squares(before, after, gradient, penalty, edges, sums):  # type: ignore[no-untyped-def]
    """sums (P, 5), in double precision: Σw², Σd², Σw·d, Σg², Σp² of each parameter.

    w is `before`, d is `after` - w, g the `gradient` of the data loss, p that of the penalty, all (N,); edges (P + 1,)
    are where the parameters begin and end.
    """
    for k in range(len(sums)):
        w2 = d2 = wd = g2 = p2 = 0.0
        for n in range(edges[k], edges[k + 1]):
            w = np.float64(before[n])
            d, g, p = np.float64(after[n]) - w, np.float64(gradient[n]), np.float64(penalty[n])
            w2 += w * w
            d2 += d * d
            wd += w * d
            g2 += g * g
            p2 += p * p
        sums[k, 0], sums[k, 1], sums[k, 2], sums[k, 3], sums[k, 4] = w2, d2, wd, g2, p2
