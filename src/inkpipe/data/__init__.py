"""What lies on disk between stages: corpus, manifest, vocabulary. Nothing here needs TensorFlow."""
