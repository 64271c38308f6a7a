# The server alone: the recognizer over HTTP, without TensorFlow, MLflow and DVC. Build it after `make repro`:
#   docker build -t inkpipe .
#   docker run -p 8080:8080 -v "$PWD/token:/run/token:ro" inkpipe --allow-host localhost
# To serve another model than data/recognizer, mount it: -v /path/to/recognizer:/model:ro
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir ".[serve]"

FROM python:3.11-slim
RUN useradd --system --uid 1000 --no-create-home inkpipe
COPY --from=build /venv /venv
COPY data/recognizer /model
USER inkpipe
WORKDIR /
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8080
HEALTHCHECK --start-period=30s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz')"]
# Other machines can come in, so clients must show the token of /run/token.
ENTRYPOINT ["inkpipe", "serve", "--model", "/model", "--host", "0.0.0.0", "--token-file", "/run/token"]
CMD ["--allow-host", "localhost"]
