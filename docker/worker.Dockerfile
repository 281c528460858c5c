# The worker that holds the models. Without a GPU, point pip at an index of CPU builds of torch:
# docker compose build --build-arg PIP_EXTRA_INDEX_URL=... worker-cpu
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libegl1 libgles2 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ARG PIP_EXTRA_INDEX_URL
COPY requirements-web.txt requirements-worker.txt constraints.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements-worker.txt -c constraints.txt

COPY ml ml
RUN python -m ml.posebundle
COPY manage.py ./
COPY config config
COPY shop shop
COPY tryon tryon
COPY workers workers
COPY templates templates
COPY static static
COPY locale locale

RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin tryon
USER tryon
# Libraries that would keep a cache in HOME keep it in the memory-backed /tmp.
ENV HOME=/tmp
CMD ["celery", "--quiet", "--app", "config", "worker", "--queues", "tryon", "--concurrency", "1"]
