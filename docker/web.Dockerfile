# Web, maintenance, beat and migrations: no torch, no mediapipe, no opencv.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements-web.txt constraints.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements-web.txt -c constraints.txt

COPY manage.py ./
COPY config config
COPY shop shop
COPY tryon tryon
COPY workers workers
# The sweep reads the codes of refusals; nothing else of the engine is here.
COPY ml/__init__.py ml/errors.py ml/
COPY templates templates
COPY static static
COPY locale locale
# Collecting needs settings but no service; the throw-away secrets vanish with the layer.
RUN python -m config.demo_secrets \
    && DEMO=1 DATABASE_URL=postgresql:///none BROKER_URL=redis://none python manage.py collectstatic --no-input \
    && rm -r var

RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin tryon
USER tryon
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--config", "config/gunicorn.py"]
