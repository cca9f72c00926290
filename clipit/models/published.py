"""Sizes of encoders that others trained and published, so that what a run needs can be told without fetching them.

>>> PUBLISHED["openai/clip-vit-base-patch32"].features
768
"""

from clipit.models.config import BertConfig, BlockConfig, EfficientNetConfig, TextConfig, VisionConfig, ViTConfig

CLIP_BASE = BlockConfig(768, 12, activation="quick_gelu")
BERT_BASE = BlockConfig(768, 12, activation="gelu", norm="after", norm_epsilon=1e-12)
BERT_SMALL = BlockConfig(384, 12, activation="gelu", norm="after", norm_epsilon=1e-12)

VIT_B_32 = ViTConfig(224, 32, 12, CLIP_BASE, norm_first=True, patch_bias=False, norm_epsilon=1e-5)
VIT_B_16 = ViTConfig(224, 16, 12, CLIP_BASE, norm_first=True, patch_bias=False, norm_epsilon=1e-5)
# Its words are 31,102: the 1,000 rows more are a slip of its makers, says the card of the model.
ITALIAN_BERT_XXL = BertConfig(32_102, 512, 12, BERT_BASE, "pooler", token_types=2)
E5_SMALL = BertConfig(250_037, 512, 12, BERT_SMALL, "mean", token_types=2)

PUBLISHED: dict[str, VisionConfig | TextConfig] = {
    "openai/clip-vit-base-patch32": VIT_B_32,
    "openai/clip-vit-base-patch16": VIT_B_16,
    "dbmdz/bert-base-italian-xxl-uncased": ITALIAN_BERT_XXL,
    "dbmdz/bert-base-italian-xxl-cased": ITALIAN_BERT_XXL,
    "efficientnet-lite0": EfficientNetConfig(),
    "multilingual-e5-small": E5_SMALL,
}
