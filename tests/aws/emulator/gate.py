"""What every request to the emulated AWS passes through: counting, and failing when it shall."""

from __future__ import annotations

import io
import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from moto.s3.models import s3_backends

from .faults import Faults
from .policy import needs
from .tasks import ACCOUNT, TaskStore

_KEY = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_S3 = {"PUT": "Put", "GET": "Get", "HEAD": "Head", "DELETE": "Delete", "POST": "Post"}
#: Method and query of S3's requests that are called otherwise than their method.
_S3_PARTS = {
    ("GET", "list-type"): "ListObjects",
    ("GET", "uploads"): "ListMultipartUploads",
    ("POST", "delete"): "DeleteObjects",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "uploadId"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}


class Gate:
    """Counts requests and lets those fail that shall."""

    store: TaskStore

    def __init__(self, application: Any, faults: Faults) -> None:
        self._application, self._faults = application, faults
        #: Actions that the client and tasks may do; who is not here may do all.
        self.policies: dict[str, set[str]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        match = _KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        key, service = (match[1], match[3]) if match else ("", "s3")
        event = f"{service}:{_action(environ, service)}"
        who, path = _who(key), environ.get("PATH_INFO", "")
        slow = self._faults.take("slow", event=event, path=path)
        if slow:
            time.sleep(slow["seconds"])
        if self._faults.take("kill", event=event, path=path):
            self.store.kill_by_key(key)
        fault = self._faults.take("request", event=event, key=key)
        if not needs(event) <= self.policies.get(who, needs(event)):
            fault = {"error": "AccessDenied", "status": "403 Forbidden"}
        received = int(environ.get("CONTENT_LENGTH") or 0)
        if fault:
            body, headers = _answer(service, environ, fault.get("error", "InternalFailure"))
            start_response(fault.get("status", "400 Bad Request"), headers)
            return [body]
        served = self._serve(environ, start_response, event, path)
        self._faults.count(who, event, received, served[1])
        return served[0]

    def _serve(self, environ: dict[str, Any], start_response: Any, event: str, path: str) -> tuple[Any, int]:
        """Answer; return the answer and its size."""
        stored = _stored_bytes(environ) if event == "s3:GetObject" else None
        spoil = self._faults.take("spoil", event=event, path=path) if stored else None
        if spoil:
            body = _object(spoil["bucket"], spoil["by"]) if "by" in spoil else b"not an array"
            stored = "200 OK", [("Content-Length", str(len(body)))], body
        sent: list[int] = []

        def counted(status: str, headers: list, *rest: Any) -> Any:
            sent.append(next((int(v) for k, v in headers if k.lower() == "content-length"), 0))
            return start_response(status, headers, *rest)

        if stored:
            status, headers, body = stored
            counted(status, headers)
            result = [body]
        else:
            result = self._application(environ, counted)
        return result, 0 if environ["REQUEST_METHOD"] == "HEAD" else sum(sent)


def _who(key: str) -> str:
    """Return whose key this is; requests of nobody are for objects that everybody may read."""
    if key.startswith("AKIDCLIENT"):
        return "client"
    return "task" if key.startswith("ASIATASK") else "test" if key else "nobody"


def _action(environ: dict[str, Any], service: str) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    if service == "s3":
        return _s3_action(environ)
    return _form_action(environ)


def _s3_action(environ: dict[str, Any]) -> str:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "").strip("/")
    names = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    for (wanted, name), action in _S3_PARTS.items():
        if method == wanted and name in names:
            return action
    return f"{_S3.get(method, '')}{'Object' if '/' in path else 'Bucket'}"


def _form_action(environ: dict[str, Any]) -> str:
    """Return the action of a request whose parameters are a form; leave the form to be read again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return parse_qs(body.decode(errors="replace")).get("Action", ["Query"])[0]


def _object(bucket: str, name: str) -> bytes:
    return s3_backends[ACCOUNT]["aws"].buckets[bucket].keys[name].value


def _stored_bytes(environ: dict[str, Any]) -> tuple[str, list, bytes] | None:
    """Answer a request for (a part of) an object; moto copies the whole of it for every part."""
    bucket, _, name = unquote(environ.get("PATH_INFO", "")).strip("/").partition("/")
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    key = buckets[bucket].keys.get(name) if bucket in buckets and not environ.get("QUERY_STRING") else None
    if key is None:
        return None
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", environ.get("HTTP_RANGE", ""))
    begin = int(wanted[1]) if wanted else 0
    end = min(int(wanted[2]) + 1, key.size) if wanted and wanted[2] else key.size
    if begin >= max(end, 1):
        return None
    with key.lock:
        etag = key.etag
        key._value_buffer.seek(begin)
        body = key._value_buffer.read(end - begin)
    headers = [
        ("Content-Length", str(len(body))),
        ("Content-Type", "binary/octet-stream"),
        ("Accept-Ranges", "bytes"),
        ("ETag", etag),
        ("Last-Modified", key.last_modified_RFC1123),
    ]
    if not wanted:
        return "200 OK", headers, body
    return "206 Partial Content", [*headers, ("Content-Range", f"bytes {begin}-{end - 1}/{key.size}")], body


def _answer(service: str, environ: dict[str, Any], code: str) -> tuple[bytes, list]:
    if environ.get("HTTP_X_AMZ_TARGET"):
        body = json.dumps({"__type": code, "message": f"injected {code}"}).encode()
        return body, [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    inner = f"<Code>{escape(code)}</Code><Message>injected {escape(code)}</Message>"
    text = (
        f"<Error>{inner}</Error>"
        if service == "s3"
        else f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>"
    )
    if service == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors></Response>"
    body = text.encode()
    return body, [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))]
