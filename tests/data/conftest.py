"""A small web server on this machine that answers as badly as the web does."""

import io
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image


def jpeg(seed=0, size=(40, 30)):
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG")
    return encoded.getvalue()


def huge_png():
    """A small picture whose header claims sixty million pixels."""
    encoded = io.BytesIO()
    Image.new("RGB", (4, 3)).save(encoded, "PNG")
    content = bytearray(encoded.getvalue())
    content[16:24] = (10_000).to_bytes(4, "big") + (6_000).to_bytes(4, "big")
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


class Web(BaseHTTPRequestHandler):
    """``/ok/7.jpg`` is a picture; every other path has its own fault."""

    def log_message(self, *arguments):
        pass

    def answer(self, status, content=b"", **headers):
        self.send_response(status)
        headers = {"Content_Type": "image/jpeg", "Content_Length": len(content), **headers}
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
        self.server.now += 1
        self.server.most = max(self.server.most, self.server.now)
        try:
            with suppress(OSError):  # the other side hung up, which is what some of these answers are for
                getattr(self, self.path.split("/")[1], self.gone)()
        finally:
            self.server.now -= 1

    def ok(self):
        time.sleep(self.server.delay)
        self.answer(200, jpeg(int(self.path.split("/")[-1].split(".")[0])))

    def gone(self):
        self.answer(404)

    def page(self):
        self.answer(200, b"<html>no longer here</html>", Content_Type="text/html; charset=utf-8")

    def liar(self):
        self.answer(200, b"<html>no longer here</html>")

    def cut(self):
        self.answer(200, jpeg(size=(400, 300))[:3000])

    def announced(self):
        self.answer(200, b"", Content_Length=10**9)

    def endless(self):
        self.answer(200, b"", Content_Length=None, Connection="close")
        while True:
            self.wfile.write(b"x" * 65536)

    def zipped(self):
        self.answer(200, jpeg(), Content_Encoding="gzip")

    def pixels(self):
        self.answer(200, huge_png(), Content_Type="image/png")

    def silent(self):
        time.sleep(2.5)

    def drip(self):
        self.answer(200, b"", Content_Length=1000)
        for _ in range(30):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def moved(self):
        self.answer(302, Location="/ok/1.jpg")

    def loop(self):
        self.answer(302, Location=self.path)

    def router(self):
        self.answer(302, Location="http://192.168.0.1/admin.jpg")

    def secrets(self):
        self.answer(302, Location="http://169.254.169.254/latest/meta-data")

    def disk(self):
        self.answer(302, Location="file:///etc/hostname")

    def busy(self):
        first = sum(path == self.path for path, *_ in self.server.asked) == 1
        self.answer(503, Retry_After=0) if first else self.answer(200, jpeg(2))

    def overloaded(self):
        self.answer(429, Retry_After=3600)

    def mine(self):
        self.answer(200, jpeg(), X_Robots_Tag="noai, noimageai")


@contextmanager
def serving(delay=0.0):
    """The server; ``asked`` lists the requests, ``most`` says how many were under way at once."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.daemon_threads = True
    server.asked, server.now, server.most, server.delay = [], 0, 0, delay
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def serve():
    """``with serve() as server``: a server of one's own."""
    return serving


@pytest.fixture(scope="module")
def web():
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def ar():
    """Packs files as Debian's packages are packed: an ar archive, as deb(5) says."""

    def archive(members):  # name, date, owner, group, mode, size, all as text of fixed width
        out = b"!<arch>\n"
        for name, content in members.items():
            out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode() + content
            out += b"\n" * (len(content) % 2)
        return out

    return archive
