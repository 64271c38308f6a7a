"""The data contract: the `validate` stage. Great Expectations is imported late, by `contract.expectations` alone."""
