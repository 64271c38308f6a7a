"""The recognizer over HTTP: an API, a demo page, health and metrics, on Starlette. `inkpipe serve` runs it."""
