# normlab in a container: CPU builds of PyTorch, a user without rights, runs kept in /data.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    NORMLAB_STORE=/data/runs \
    NORMLAB_DATA=/data/images

WORKDIR /app

# What seldom changes comes first, so that a new version of normlab builds in seconds.
RUN pip install torch torchvision --index-url https://download.pytorch.org/whl/cpu
COPY requirements.txt ./
RUN pip install --requirement requirements.txt

COPY pyproject.toml README.md LICENSE streamlit_app.py ./
COPY .streamlit .streamlit
COPY pretrained pretrained
COPY normlab normlab
RUN pip install --no-deps --editable . \
    && useradd --create-home --uid 10001 normlab \
    && mkdir --parents /data/runs /data/images \
    && chown --recursive normlab /data

USER normlab
VOLUME /data
EXPOSE 8501

# Every other path answers 200 too, with the page: only the body says that the server is well.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; assert u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4).read() == b'ok'"]

CMD ["streamlit", "run", "streamlit_app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
