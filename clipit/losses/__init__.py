"""What "close" means: the losses that pull a picture and its caption together, and what they should measure.

- ``info_nce``: the contrastive loss of CLIP.
- ``expected_loss``: the value it has before training, and the values below which it cannot fall.
"""

from clipit.losses.contrastive import info_nce
from clipit.losses.expected import expected_loss

__all__ = ["expected_loss", "info_nce"]
