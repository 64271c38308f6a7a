"""How well a model recognizes the test split: metrics, analysis, figures, previews and the report."""
