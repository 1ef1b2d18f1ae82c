# One image for every process of ours; what it does is its command: serve, worker, migrate, sim.
FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/ayda
COPY locks/production.txt /tmp/production.txt
RUN /opt/ayda/bin/pip install --require-hashes --no-deps -r /tmp/production.txt \
 && /opt/ayda/bin/python -m compileall -q -j 0 -x '[/\\]tests?[/\\]' /opt/ayda/lib

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 ayda \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ayda \
 # an empty volume takes over whose its folder is
 && install -d -o ayda -g ayda -m 0700 /data /data/erasures /data/imports /data/spool
COPY --from=packages /opt/ayda /opt/ayda
COPY deploy/ayda /opt/ayda/bin/ayda
WORKDIR /app
COPY kernel kernel
COPY languages languages
COPY trackfiles trackfiles
COPY takealong takealong
COPY servicekit servicekit
COPY ayda_service ayda_service
COPY predictor_service predictor_service
COPY simulators simulators
COPY cli cli
COPY deploy/simulated deploy/simulated
COPY LICENSE LICENSE
RUN python -m compileall -q -j 0 /app
ENV PATH=/opt/ayda/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    # drawing keeps a list of fonts, and has no home to keep it in
    MPLCONFIGDIR=/tmp/matplotlib
USER 10001:10001
ENTRYPOINT ["ayda"]
