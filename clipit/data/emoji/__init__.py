"""The small world: scenes drawn from emoji art, with captions in several languages."""
