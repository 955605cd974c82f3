# Touchline on a CPU, run as a user of its own; the networks are in the package.
#   docker build -t touchline .
#   docker run --rm -v "$PWD:/work" -u "$(id -u):$(id -g)" touchline track match.mp4
FROM python:3.12-slim

COPY pyproject.toml constraints.txt README.md LICENSE NOTICE /source/
COPY src /source/src
RUN pip install --no-cache-dir --constraint /source/constraints.txt /source \
    && rm -r /source \
    && touchline --version

RUN useradd --create-home touchline
USER touchline
WORKDIR /work
ENTRYPOINT ["touchline"]
CMD ["--help"]
