"""One picture by its address: asked for politely, within limits of bytes, pixels and time.

Whatever goes wrong has a short reason, so that a report can count: half of the pictures of an old list are gone.

>>> shrink(bytes_of(Image.new("RGB", (600, 300), "red")), FetchSettings())[1:]
(512, 256, 600, 300)
"""

import asyncio
import io
import warnings
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import httpx2
from PIL import Image, UnidentifiedImageError

from clipit.data.addresses import AddressError, PublicTransport
from clipit.inputs.pictures import PictureError, open_image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # of the web; Pillow's readers of rarer ones are not let near it
OPT_OUT = ("noai", "noimageai", "noindex", "noimageindex")  # what img2dataset respects too
BUSY = (429, 503)
AT_ONCE_OPENED = 4  # a large picture takes hundreds of megabytes while it is made small


@dataclass(frozen=True)
class FetchSettings:
    """How pictures are asked for.

    Attributes:
        at_once: requests under way.
        per_host: of them to one host.
        pause: seconds between two requests to one host.
        seconds: for one picture, with redirects.
        most_bytes: of one file.
        most_pixels: of one picture.
        side: the shorter side is made this small; smaller pictures stay as they are.
        tries: when a host says that it is busy.
        patience: seconds, the longest wait that a busy host may ask for.
        allow_loopback: this machine itself may be asked; for tests.
    """

    at_once: int = 32
    per_host: int = 2
    pause: float = 0.1
    seconds: float = 20.0
    most_bytes: int = 20_000_000
    most_pixels: int = 50_000_000
    side: int = 256
    tries: int = 3
    patience: float = 30.0
    allow_loopback: bool = False


@dataclass(frozen=True)
class Fetched:
    """A picture as JPEG, or why there is none."""

    content: bytes | None = None
    width: int = 0
    height: int = 0
    original_width: int = 0
    original_height: int = 0
    why_not: str | None = None


class FetchError(ValueError):
    """Why there is no picture, in a few words."""


class BusyError(FetchError):
    """The host asks to come back later."""

    def __init__(self, status: int, wait: float):
        super().__init__(f"the server answers {status}")
        self.wait = wait


class Hosts:
    """Takes care that no host is asked by too many at once, nor too often."""

    def __init__(self, settings: FetchSettings):
        self.settings = settings
        self.all = asyncio.Semaphore(settings.at_once)
        self.opening = asyncio.Semaphore(AT_ONCE_OPENED)
        self.places: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(settings.per_host))
        self.next_time: dict[str, float] = defaultdict(float)

    @asynccontextmanager
    async def turn(self, host: str) -> Any:
        """Waits until the host may be asked."""
        async with self.places[host], self.all:
            now = asyncio.get_running_loop().time()
            start = max(now, self.next_time[host])
            self.next_time[host] = start + self.settings.pause
            await asyncio.sleep(start - now)
            yield


def make_client(settings: FetchSettings) -> httpx2.AsyncClient:
    """A client that only asks public addresses, and says who it is."""
    about = metadata.metadata("clipit-course")
    place = next((url.split(", ")[-1] for url in about.get_all("Project-URL") or ()), "")
    return httpx2.AsyncClient(
        transport=PublicTransport(settings.allow_loopback),
        follow_redirects=True,
        max_redirects=5,
        timeout=settings.seconds,
        headers={"User-Agent": f"clipit-course/{about['Version']} ({place})", "Accept-Encoding": "identity"},
    )


async def fetch(client: httpx2.AsyncClient, url: str, hosts: Hosts, settings: FetchSettings) -> Fetched:
    """Gets one picture. Never raises for what the address or the answer is: ``why_not`` says it."""
    try:
        for left in reversed(range(settings.tries)):
            try:
                async with hosts.turn(httpx2.URL(url).host):
                    async with asyncio.timeout(settings.seconds):
                        content = await get(client, url, settings)
                async with hosts.opening:
                    return Fetched(*await asyncio.to_thread(shrink, content, settings))
            except BusyError as busy:
                if not left or busy.wait > settings.patience:
                    raise
                await asyncio.sleep(busy.wait)
    except (FetchError, AddressError, PictureError) as error:
        return Fetched(why_not=str(error))
    except (TimeoutError, httpx2.TimeoutException):
        return Fetched(why_not=f"took longer than {settings.seconds:g} seconds")
    except httpx2.TooManyRedirects:
        return Fetched(why_not="redirects too often")
    except httpx2.ConnectError:
        return Fetched(why_not="the server cannot be reached")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return Fetched(why_not=f"the answer cannot be understood ({type(error).__name__})")
    raise AssertionError("every try returns or raises")


async def get(client: httpx2.AsyncClient, url: str, settings: FetchSettings) -> bytes:
    """The bytes of an answer that may be a picture."""
    async with client.stream("GET", url) as answer:
        check_answer(answer, settings)
        content = bytearray()
        async for chunk in answer.aiter_raw():  # raw: what is compressed a thousandfold is not unpacked here
            content += chunk
            if len(content) > settings.most_bytes:
                raise FetchError(f"larger than {settings.most_bytes / 1e6:g} MB")
        return bytes(content)


def check_answer(answer: httpx2.Response, settings: FetchSettings) -> None:
    """Raises FetchError when the head of an answer says that no picture, or none for us, will follow."""
    if answer.status_code in BUSY:
        wait = answer.headers.get("retry-after", "")
        raise BusyError(answer.status_code, float(wait) if wait.isdigit() else 1.0)
    if answer.status_code != 200:
        raise FetchError(f"the server answers {answer.status_code}")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        raise FetchError("not a picture but something else")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FetchError("compressed although it was not asked for")
    length = answer.headers.get("content-length", "")
    if length.isdigit() and int(length) > settings.most_bytes:
        raise FetchError(f"larger than {settings.most_bytes / 1e6:g} MB")
    wishes = answer.headers.get("x-robots-tag", "").lower()
    if any(word in wishes for word in OPT_OUT):
        raise FetchError("its owner does not want it to be used")


def shrink(content: bytes, settings: FetchSettings) -> tuple[bytes, int, int, int, int]:
    """The picture as a small JPEG; its width and height, now and before.

    Raises:
        FetchError: it is no picture of the web's formats, is damaged, or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
        width, height = opened.size
        if width * height > settings.most_pixels:
            raise FetchError(f"more than {settings.most_pixels / 1e6:g} million pixels")
        picture = Image.fromarray(open_image(opened))
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, PictureError):
        raise FetchError("not a picture that can be read") from None
    scale = min(1.0, settings.side / min(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.resize(size, Image.Resampling.BICUBIC) if scale < 1 else picture
    return bytes_of(small), *small.size, width, height


def bytes_of(picture: Image.Image) -> bytes:
    """A picture as the bytes of a JPEG file."""
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=95)
    return encoded.getvalue()
