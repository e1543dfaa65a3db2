"""What pytest leaves alone here."""

collect_ignore = ["make_golden.py"]  # needs PyTorch and Keras, which no test needs
