"""Pictures by address, from a server on this machine that answers as badly as the web does."""

import io
import json
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from clipit.data.downloading import DownloadSettings, download
from clipit.data.fetching import FetchSettings
from clipit.data.sources.columns import make_row
from clipit.data.sources.shards import shards

FETCH = FetchSettings(seconds=1.5, pause=0.0, per_host=16, most_bytes=200_000, allow_loopback=True)


def address(server, path):
    return f"http://127.0.0.1:{server.server_port}/{path}"


def row(url, number=0, caption=None):
    text = caption or f"didascalia {number}"
    return make_row(caption=text, captions=[text, "ancora"], source="wit", key=url or "none", url=url, language="it")


FAULTS = {
    "gone": "the server answers 404",
    "page": "not a picture but something else",
    "liar": "not a picture that can be read",
    "cut": "not a picture that can be read",
    "announced": "larger than 0.2 MB",
    "endless": "larger than 0.2 MB",
    "zipped": "compressed although it was not asked for",
    "pixels": "more than 50 million pixels",
    "silent": "took longer than 1.5 seconds",
    "drip": "took longer than 1.5 seconds",
    "loop": "redirects too often",
    "router": "not a public address",
    "secrets": "not a public address",
    "disk": "not a web address",
    "overloaded": "the server answers 429",
    "mine": "its owner does not want it to be used",
}
ELSEWHERE = {
    "http://10.1.2.3/a.jpg": "not a public address",
    "http://[::1%25lo]/a.jpg": "",
    "http://[fd00::1]/a.jpg": "not a public address",
    "file:///etc/passwd": "not a web address",
    "ftp://a.org/b.jpg": "not a web address",
    "http://user:word@a.org/b.jpg": "address with a user name",
    "http://does-not-exist.invalid/a.jpg": "name of the host is unknown",
    "http://127.0.0.1:1/a.jpg": "the server cannot be reached",
    "not an address": "",
    "http://": "",
}


@pytest.fixture(scope="module")
def downloaded(web, tmp_path_factory):
    """A list in which good pictures stand among everything that can go wrong, in shards of eight."""
    folder = tmp_path_factory.mktemp("shards")
    urls = [address(web, f"{fault}/x.jpg") for fault in FAULTS] + list(ELSEWHERE)
    urls += [address(web, f"ok/{number}.jpg") for number in range(6)]
    urls += [address(web, "moved/x.jpg"), address(web, "busy/x.jpg"), None]
    rows = [row(url, number) for number, url in enumerate(urls)]
    started = time.monotonic()
    report = download(rows, folder, DownloadSettings(shard=8, fetch=FETCH), quiet=True)
    return folder, urls, report, time.monotonic() - started


def test_everything_has_its_reason(downloaded):
    folder, urls, report, _ = downloaded
    told = {}
    for file in sorted(folder.glob("*.parquet")):
        told |= {one["url"]: one["error_message"] for one in pq.read_table(file).to_pylist()}
    assert len(told) == len(set(urls)) - 1  # the row without an address is passed over
    for url, why in told.items():
        fault = FAULTS.get(url.split("/")[3]) if "127.0.0.1:" in url and ":1/" not in url else ELSEWHERE[url]
        assert (why is None) == (fault is None) and (fault or "") in (why or ""), url
    assert report.addresses == len(told) and report.retrieved == 8
    assert sum(report.failed.values()) == report.addresses - report.retrieved
    assert report.failed["not a public address"] == 4


def test_bad_answers_cost_a_bounded_time(downloaded):
    assert downloaded[3] < 12


def test_shards_read_back_as_pictures_with_their_captions(downloaded):
    folder, urls, _, _ = downloaded
    rows = list(shards(folder).rows())
    assert len(rows) == 8
    for one in rows:
        number = urls.index(one["url"])
        assert one["captions"] == [f"didascalia {number}", "ancora"] and one["caption"] == one["captions"][0]
        assert one["key"] == one["url"] and one["source"] == "wit" and one["language"] == "it"
        assert Image.open(io.BytesIO(one["image"]["bytes"])).size == (40, 30)


def test_shards_have_the_form_of_img2dataset(downloaded):
    folder = downloaded[0]
    shard = sorted(folder.glob("*.tar"))[-1]
    with tarfile.open(shard) as archive:
        names = archive.getnames()
        key = names[0].split(".")[0]
        told = json.loads(archive.extractfile(f"{key}.json").read())
        assert archive.extractfile(f"{key}.txt").read().decode() == told["caption"]
    assert (
        len(key) == 9 and key.startswith(shard.stem) and names[:3] == [f"{key}.{end}" for end in ("jpg", "txt", "json")]
    )
    assert {"url", "caption", "key", "status", "error_message", "width", "height", "sha256"} <= set(told)
    stats = [json.loads(file.read_text()) for file in folder.glob("*_stats.json")]
    assert sum(one["successes"] for one in stats) == 8 and all(one["count"] <= 8 for one in stats)


def test_large_pictures_become_small(web, tmp_path):
    fetch = FetchSettings(side=20, pause=0.0, allow_loopback=True)
    download([row(address(web, "ok/1.jpg"))], tmp_path, DownloadSettings(fetch=fetch), quiet=True)
    (one,) = shards(tmp_path).rows()
    assert Image.open(io.BytesIO(one["image"]["bytes"])).size == (27, 20)


def test_without_the_switch_this_machine_is_not_asked(web, tmp_path):
    before = len(web.asked)
    urls = [address(web, "ok/1.jpg"), "http://127.0.0.1/a.jpg", "http://localhost/a.jpg", "http://2130706433/a.jpg"]
    report = download(map(row, urls), tmp_path, quiet=True)
    assert report.failed == {"not a public address": 3, "address with an unusual port": 1}
    assert len(web.asked) == before


def test_who_asks_says_so_and_keeps_the_name_of_the_host(downloaded, web):
    _, host, agent = web.asked[0]
    assert host == f"127.0.0.1:{web.server_port}" and agent.startswith("clipit-course/") and "http" in agent


def test_a_host_is_not_asked_by_many_at_once(serve, tmp_path):
    with serve(delay=0.05) as server:
        fetch = FetchSettings(per_host=2, pause=0.0, at_once=16, allow_loopback=True)
        rows = [row(address(server, f"ok/{number}.jpg"), number) for number in range(10)]
        assert download(rows, tmp_path, DownloadSettings(fetch=fetch), quiet=True).retrieved == 10
        assert server.most == 2


def test_between_two_requests_to_a_host_there_is_a_pause(web, tmp_path):
    fetch = FetchSettings(pause=0.1, allow_loopback=True)
    rows = [row(address(web, f"ok/{number}.jpg"), number) for number in range(5)]
    started = time.monotonic()
    download(rows, tmp_path, DownloadSettings(fetch=fetch), quiet=True)
    assert time.monotonic() - started >= 0.4


def test_finished_shards_are_not_asked_for_again(web, tmp_path):
    settings = DownloadSettings(shard=3, fetch=FETCH)
    rows = [row(address(web, f"ok/{number}.jpg"), number) for number in range(7)]
    first = download(rows, tmp_path, settings, quiet=True)
    content = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    (tmp_path / "00001.tar").unlink()  # as if it had been killed before the second shard was whole
    before = len(web.asked)
    assert download(rows, tmp_path, settings, quiet=True) == first
    assert len(web.asked) == before + 3
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == content


def test_another_list_does_not_go_on_with_the_shards_of_this_one(web, tmp_path):
    settings = DownloadSettings(fetch=FETCH)
    download([row(address(web, "ok/1.jpg"))], tmp_path, settings, quiet=True)
    with pytest.raises(ValueError, match="00000.tar was made from other addresses"):
        download([row(address(web, "ok/2.jpg"))], tmp_path, settings, quiet=True)


KILLED = """
import sys
from clipit.data.downloading import DownloadSettings, download
from clipit.data.fetching import FetchSettings
from clipit.data.sources.columns import make_row
address, folder = sys.argv[1:]
urls = [f"{address}{n}.jpg" for n in range(40)]
rows = [make_row(caption=url, key=url, url=url, source="wit", language="it") for url in urls]
download(rows, folder, DownloadSettings(5, FetchSettings(pause=0.0, allow_loopback=True)), quiet=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_download_goes_on_without_loss_or_repetition(serve, tmp_path):
    folder = tmp_path / "shards"
    with serve(delay=0.05) as server:
        command = [sys.executable, "-c", KILLED, address(server, "ok/"), str(folder)]
        with subprocess.Popen(command) as running:
            while not (folder / "00001.tar").exists() and running.poll() is None:
                time.sleep(0.01)
            running.send_signal(signal.SIGKILL)
        there = {file.name: file.read_bytes() for file in Path(folder).glob("*.tar")}
        assert 2 <= len(there) < 8
        server.delay = 0.0
        urls = [address(server, f"ok/{number}.jpg") for number in range(40)]
        rows = [row(url, caption=url) for url in urls]
        download(rows, folder, DownloadSettings(5, FETCH), quiet=True)
    assert {name: (folder / name).read_bytes() for name in there} == there
    assert [one["caption"] for one in shards(folder).rows()] == urls
