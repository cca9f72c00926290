"""What goes into the encoders: pictures and captions."""

from clipit.inputs.pictures import PictureError, Preprocess, open_image, open_images

__all__ = ["PictureError", "Preprocess", "open_image", "open_images"]
