"""Publishing: model repositories, cards and the Space."""
