"""The proof that a clone reproduces: from nothing but the committed tree, in a folder of its own."""
