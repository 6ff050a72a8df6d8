"""Made-up PMC Cloud and Europe PMC behind one `httpx.MockTransport`, told apart by host."""

import json

import httpx

BODY = b"<article><front/><body><p>Text.</p></body></article>"
FRONT_MATTER = b"<article><front/><sub-article><body><p>A reply.</p></body></sub-article></article>"


class FakePmc:
    """``objects`` are the bucket's keys; ``europe`` the full texts by PMCID; hosts can be down."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.europe: dict[str, bytes] = {}
        self.down: set[str] = set()
        self.asked: list[str] = []
        self.transport = httpx.MockTransport(self._answer)

    def add_version(self, name: str, raw_xml: bytes, licence: str | None = "CC BY") -> None:
        """Add an article version such as ``PMC7.2`` to the bucket."""
        self.objects[f"{name}/{name}.xml"] = raw_xml
        if licence is not None:
            metadata = {"pmcid": name, "license_code": licence}
            self.objects[f"metadata/{name}.json"] = json.dumps(metadata).encode()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.url.host}{request.url.path}")
        if request.url.host in self.down:
            raise httpx.ConnectError("[Errno 101] Network is unreachable")
        if request.url.host == "europe.example":
            pmcid = request.url.path.split("/")[-2]
            return _found_or_404(self.europe.get(pmcid))
        if request.url.path == "/":
            return httpx.Response(200, content=self._listing(request.url.params["prefix"]))
        return _found_or_404(self.objects.get(request.url.path[1:]))

    def _listing(self, prefix: str) -> bytes:
        folders = sorted({key.split("/")[0] + "/" for key in self.objects if "/PMC" in key})
        prefixes = "".join(
            f"<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"
            for folder in folders
            if folder.startswith(prefix)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>pmc-oa-opendata</Name><Prefix>{prefix}</Prefix>{prefixes}</ListBucketResult>"
        ).encode()


def _found_or_404(content: bytes | None) -> httpx.Response:
    if content is None:
        return httpx.Response(404, content=b"<Error><Code>NoSuchKey</Code></Error>")
    return httpx.Response(200, content=content)
