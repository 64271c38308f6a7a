"""What `auto` stands for: the values that belong to each `model.preset`."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    # The default: keeps the handwriting's resolution, trains within minutes on two cores.
    "crnn": {
        "lr": 0.002,
        "batch_size": 32,
        "epochs": 8,
        "preprocess": {"height": 32, "width": 256, "features": "pixels", "crop": "line"},
        "augment": {"enabled": True},
        "train": {
            "optimizer": "adamw",
            "weight_decay": 0.01,
            "schedule": "cosine",
            "early_stopping_monitor": "val_cer",
            "early_stopping_patience": 0,
        },
    },
    # The paper's system: its input, its optimiser, its stopping rule.
    "paper": {
        "lr": 0.001,
        "batch_size": 1024,
        "epochs": 200,
        "preprocess": {"height": 60, "width": 128, "features": "pixels", "crop": "none"},
        "augment": {"enabled": False},
        "train": {
            "optimizer": "adam",
            "weight_decay": 0.0,
            "schedule": "plateau",
            "early_stopping_monitor": "val_loss",
            "early_stopping_patience": 6,
        },
    },
    # Recurrent layers alone, on features that a convolution would otherwise have to learn.
    "bilstm": {
        "lr": 0.002,
        "batch_size": 32,
        "epochs": 8,
        "preprocess": {"height": 32, "width": 256, "features": "hog", "crop": "line"},
        "augment": {"enabled": False},
        "train": {
            "optimizer": "adamw",
            "weight_decay": 0.01,
            "schedule": "cosine",
            "early_stopping_monitor": "val_cer",
            "early_stopping_patience": 0,
        },
    },
}
