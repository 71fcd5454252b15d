# SPDX-License-Identifier: Apache-2.0
# emis-aggregator: docker build -f docker/aggregator.Dockerfile .
# The build stage is the same text in every Dockerfile here, so that an engine builds it once.
FROM debian:12 AS build
WORKDIR /src
COPY . .
RUN ops/setup --build-only
RUN cmake --preset release && cmake --build build/release && DESTDIR=/out cmake --install build/release --prefix /usr

FROM debian:12 AS run
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates \
        libuv1 librdkafka1 libpq5 libjansson4 libmicrohttpd12 libinih1 libutf8proc2 libssl3 && \
    rm -rf /var/lib/apt/lists/*
RUN useradd --system --no-create-home --shell /usr/sbin/nologin emis
COPY --from=build /out/usr/bin/emis-aggregator /usr/bin/emis-aggregator
COPY --from=build /out/usr/share/emis /usr/share/emis
# Every library is there, and the program starts.
RUN emis-aggregator --help >/dev/null
USER emis
# sql/ and catalogue/ are found from here.
WORKDIR /usr/share/emis
ENTRYPOINT ["/usr/bin/emis-aggregator"]
