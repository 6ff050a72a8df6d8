"""The PMC Cloud Service: an S3 bucket with one folder an article version, read anonymously."""

import json
from bisect import bisect_left
from functools import cached_property
from typing import Any, Final
from xml.sax.saxutils import escape

from starlette.responses import Response

from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.markup import plain_text
from litsweep_app.sandbox.parameters import Parameters
from litsweep_app.sandbox.reports import IndexedReport

BUCKET: Final = "pmc-oa-opendata"
_NAMESPACE: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_MAX_KEYS: Final = 1_000


class Cloud:
    """The bucket's objects; articles without a body or without open terms are not in it."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @cached_property
    def _objects(self) -> dict[str, tuple[str, IndexedReport]]:
        objects = {}
        for versions in self._library.versions.values():
            for report in versions.values():
                if not report.is_in_cloud:
                    continue
                stem = f"{report.pmcid}.{report.version}"
                for kind in ("xml", "txt", "json"):
                    objects[f"{stem}/{stem}.{kind}"] = (kind, report)
                objects[f"metadata/{stem}.json"] = ("json", report)
        return objects

    @cached_property
    def _keys(self) -> list[str]:
        return sorted(self._objects)

    def get(self, key: str) -> Response:
        """Return one object, or S3's 404."""
        found = self._objects.get(key)
        if found is None:
            return _not_found(key)
        kind, report = found
        if kind == "xml":
            return Response(report.file, media_type="application/xml")
        if kind == "txt":
            return Response(f"{plain_text(report.tree)}\n", media_type="text/plain; charset=utf-8")
        text = json.dumps(self._describe(report), ensure_ascii=False, indent=2)
        return Response(text, media_type="application/json")

    def _describe(self, report: IndexedReport) -> dict[str, Any]:
        stem = f"{report.pmcid}.{report.version}"
        pmids = [report.pmid] if report.pmid else self._library.find_pmids(report.number)
        return {
            "pmcid": report.pmcid,
            "version": report.version,
            "pmid": pmids[0] if pmids else None,
            "doi": report.doi,
            "is_pmc_openaccess": True,
            "is_manuscript": False,
            "is_historical_ocr": False,
            "is_retracted": self._library.is_retracted(report),
            "license_code": report.license_code,
            "xml_url": f"s3://{BUCKET}/{stem}/{stem}.xml",
            "text_url": f"s3://{BUCKET}/{stem}/{stem}.txt",
            "pdf_url": None,
            "media_urls": [],
        }

    def list_objects(self, parameters: Parameters) -> Response:
        """List the bucket as ListObjectsV2 does, with prefix, delimiter and continuation."""
        prefix, delimiter = parameters.get("prefix"), parameters.get("delimiter")
        after = parameters.get("continuation-token") or parameters.get("start-after")
        limit = min(parameters.number("max-keys", _MAX_KEYS), _MAX_KEYS)
        entries = [entry for entry in self._roll_up(prefix, delimiter) if entry > after]
        shown = entries[:limit]
        is_cut = len(entries) > len(shown)
        folders = [entry for entry in shown if delimiter and entry.endswith(delimiter)]
        keys = [entry for entry in shown if entry not in set(folders)]
        parts = [
            f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix>",
            f"<KeyCount>{len(shown)}</KeyCount><MaxKeys>{limit}</MaxKeys>",
            f"<Delimiter>{escape(delimiter)}</Delimiter>" if delimiter else "",
            f"<IsTruncated>{str(is_cut).lower()}</IsTruncated>",
        ]
        if is_cut and shown:
            parts.append(f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>")
        parts += [f"<Contents><Key>{escape(key)}</Key></Contents>" for key in keys]
        parts += [
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
            for folder in folders
        ]
        return _xml(f"<ListBucketResult {_NAMESPACE}>{''.join(parts)}</ListBucketResult>")

    def _roll_up(self, prefix: str, delimiter: str) -> list[str]:
        entries: dict[str, None] = {}
        for position in range(bisect_left(self._keys, prefix), len(self._keys)):
            key = self._keys[position]
            if not key.startswith(prefix):
                break
            folder, found, _ = (
                key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            )
            entries[f"{prefix}{folder}{delimiter}" if found else key] = None
        return list(entries)


def _not_found(key: str) -> Response:
    return _xml(
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
        f"<Key>{escape(key)}</Key></Error>",
        status=404,
    )


def _xml(inner: str, status: int = 200) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{inner}'
    return Response(text, status_code=status, media_type="application/xml")
