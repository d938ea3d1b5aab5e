"""Labels of the certificate's pricing, kept at a node only if no other is as good."""

import numpy as np

from optimizer.compiled import compiled, lean
from optimizer.proof_nodes import Ints

COST, DRIVEN, SINCE, LEFT, LEAVE, NIGHT, DONE, NEXT = range(8)


@lean
def beaten(labels: Ints, head: int, new: Ints) -> bool:
    """Whether a label at the node is at least as good as the new one in everything."""
    k = head
    while k >= 0:
        old = labels[k]
        if (
            old[COST] <= new[COST]
            and old[DRIVEN] <= new[DRIVEN]
            and old[SINCE] <= new[SINCE]
            and old[LEFT] >= new[LEFT]
            and (old[LEAVE] >= new[LEAVE] or old[NIGHT] == 1)
            and old[NIGHT] >= new[NIGHT]
            and (old[DONE] & ~new[DONE]) == 0
        ):
            return True
        k = old[NEXT]
    return False


@lean
def swept(labels: Ints, head: int, new: Ints) -> int:
    """The node's list without what the new label beats."""
    k, kept, last = head, -1, -1
    while k >= 0:
        old = labels[k]
        after = old[NEXT]
        worse = (
            new[COST] <= old[COST]
            and new[DRIVEN] <= old[DRIVEN]
            and new[SINCE] <= old[SINCE]
            and new[LEFT] >= old[LEFT]
            and (new[LEAVE] >= old[LEAVE] or new[NIGHT] == 1)
            and new[NIGHT] >= old[NIGHT]
            and (new[DONE] & ~old[DONE]) == 0
        )
        if not worse:
            if last < 0:
                kept = k
            else:
                labels[last, NEXT] = k
            last = k
        k = after
    if last >= 0:
        labels[last, NEXT] = -1
    return kept


@compiled
def kept(labels: Ints, known: int, heads: Ints, j: int, new: Ints) -> tuple[Ints, int]:
    """The labels with the new one at node j, unless another beats it."""
    if beaten(labels, heads[j], new):
        return labels, known
    heads[j] = swept(labels, heads[j], new)
    if known == len(labels):
        labels = np.concatenate((labels, np.empty_like(labels)))
    new[NEXT] = heads[j]
    labels[known] = new
    heads[j] = known
    return labels, known + 1
