"""A small NCBI that writes the API key and the e-mail of whoever asks into all its replies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tests.sources.fakes.ncbi import ESEARCH_DOCTYPE

SEARCH = ESEARCH_DOCTYPE + (
    "<eSearchResult><Count>2</Count><RetMax>2</RetMax><RetStart>0</RetStart>"
    "<IdList><Id>1</Id><Id>2</Id></IdList><TranslationSet/>"
    "<QueryTranslation>translated</QueryTranslation>"
    "<WarningList><OutputMessage>for {key}</OutputMessage></WarningList></eSearchResult>"
)
RECORDS = (
    "<PubmedArticleSet><!-- {key} --><PubmedArticle><MedlineCitation><PMID>1</PMID>"
    "<Article><ArticleTitle>Wheeze.</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    "<PubmedArticle><MedlineCitation><PMID>none: {key}</PMID></MedlineCitation></PubmedArticle>"
    "</PubmedArticleSet>"
)
REFUSAL = '{{"error":"API key invalid: {key} of {email}","api-key":"{key}",\n"status":"unknown"}}'
OUTAGE = "<eSearchResult><ERROR>Search Backend failed: {key} {email}</ERROR></eSearchResult>"


@contextmanager
def echoing(**replies: str) -> Iterator[str]:
    """Serve ``replies`` by utility, with ``{key}`` and ``{email}`` filled in; yields the address.

    A reply that begins with a brace is sent with status 400.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            utility = self.path.rpartition("/")[2].removesuffix(".fcgi")
            text = replies[utility].format(key=form["api_key"][0], email=form["email"][0])
            self.send_response(400 if text.startswith("{") else 200)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
