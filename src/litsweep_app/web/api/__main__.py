"""Writes the OpenAPI document: ``python -m litsweep_app.web.api > docs/openapi.json``."""

import json
import sys

from litsweep_app.web.api import ENDPOINTS
from litsweep_app.web.api.openapi import build_document

sys.stdout.write(f"{json.dumps(build_document(ENDPOINTS), indent=1, ensure_ascii=False)}\n")
