# charsam as a server, on the CPU:
#   docker build -t charsam . && docker run -p 7860:7860 -v charsam:/data charsam
# With CUDA: docker build --build-arg TORCH_INDEX=https://pypi.org/simple -t charsam . && docker run --gpus all -p 7860:7860 -v charsam:/data charsam
# It asks for a login: docker exec -it CONTAINER charsam users add NAME
FROM python:3.11-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

# OpenCV's system libraries; whatever version this Debian has.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 charsam \
    && mkdir /data && chown charsam /data

WORKDIR /charsam
COPY requirements.txt ./
# The index has the build of PyTorch that belongs together.
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" torch torchvision \
    && pip install --no-cache-dir --requirement requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY assets assets
COPY fonts fonts
COPY charsam charsam
RUN pip install --no-cache-dir --no-deps .

USER 1000
# The workspace, and the checkpoints of official SAM.
ENV CHARSAM_WORKSPACE=/data/workspace CHARSAM_WEIGHTS=/data/weights GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=8)"]
CMD ["charsam", "serve"]
