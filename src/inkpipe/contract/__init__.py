"""The data contract: the stage `validate`. Only `contract.expectations` imports Great Expectations."""
