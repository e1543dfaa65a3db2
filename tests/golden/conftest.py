"""What pytest leaves alone here."""

collect_ignore = ["make_golden.py", "make_entities.py"]  # need PyTorch, Keras and seqeval, which no test needs
