#!/usr/bin/env python3
"""An S3 for tests that checks every signature by AWS's rules, written apart from the program's own.

  s3_server.py FOLDER [MODE...]    prints "port N", then "ready"; objects land in FOLDER

MODE: fail=N     the first N requests get a 500
      cut=N      the first N requests lose their connection half-way
      deny       every request gets a 403 AccessDenied
      broken     parts after the first get a 500, for ever
      late       completing a multipart upload answers 200 with an error inside
      slow       a second for every request
It logs one line a request to FOLDER/log, and writes what uploads are still open to FOLDER/open.
"""

import hashlib
import hmac
import http.server
import pathlib
import re
import sys
import threading
import time
import urllib.parse

FOLDER = pathlib.Path(sys.argv[1])
MODES = dict(m.partition("=")[::2] for m in sys.argv[2:])
SECRETS = {"TESTKEY": "test/secret+key", "TEMPKEY": "other-secret"}
LOCK = threading.Lock()
LEFT = {name: int(MODES.get(name) or 0) for name in ("fail", "cut")}
UPLOADS = {}
METADATA = {}


def quote(text, safe="-._~"):
    return urllib.parse.quote(text, safe=safe)


def expected_signature(handler, body):
    """None when the request is signed well, else what is wrong with it."""
    authorization = handler.headers.get("Authorization", "")
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/s3/aws4_request, ?"
        r"SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})", authorization)
    if not match:
        return "AuthorizationHeaderMalformed"
    key, day, region, names, signature = match.groups()
    if key not in SECRETS:
        return "InvalidAccessKeyId"
    names = names.split(";")
    required = {"host"} | {n.lower() for n in handler.headers if n.lower().startswith("x-amz-")}
    if not required <= set(names) or names != sorted(names):
        return "AccessDenied"
    if handler.headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
        return "XAmzContentSHA256Mismatch"
    stamp = handler.headers["x-amz-date"]
    sent = time.strptime(stamp, "%Y%m%dT%H%M%SZ")
    if stamp[:8] != day or abs(time.time() - (time.mktime(sent) - time.timezone)) > 900:
        return "RequestTimeTooSkewed"
    path, _, query = handler.path.partition("?")
    # As sent must be as encoded by the rules, or a proxy on the way could change it.
    pairs = [tuple(map(urllib.parse.unquote, p.partition("=")[::2])) for p in query.split("&") if p]
    canonical_query = "&".join(sorted(f"{quote(n)}={quote(v)}" for n, v in pairs))
    canonical_path = quote(urllib.parse.unquote(path), safe="/-._~")
    headers = "".join(f"{n}:{' '.join(handler.headers[n].split())}\n" for n in names)
    request = "\n".join([handler.command, canonical_path, canonical_query, headers,
                         ";".join(names), handler.headers["x-amz-content-sha256"]])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope,
                      hashlib.sha256(request.encode()).hexdigest()])
    secret = ("AWS4" + SECRETS[key]).encode()
    for part in (day, region, "s3", "aws4_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    good = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(good, signature) else "SignatureDoesNotMatch"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body="", headers=()):
        data = body if isinstance(body, bytes) else body.encode()
        # Before the answer, so that whoever has it finds this.
        with LOCK, open(FOLDER / "log", "a") as log:
            log.write(f"{self.command} {self.path.partition('?')[2].partition('&')[0]} {status}\n")
            (FOLDER / "open").write_text("".join(f"{u}\n" for u in UPLOADS))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, code, words="said the test"):
        self.answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code>"
                            f"<Message>{words}</Message></Error>")

    def disturbed(self, query):
        with LOCK:
            cut, fail = LEFT["cut"] > 0, LEFT["fail"] > 0
            LEFT["cut"] -= cut
            LEFT["fail"] -= fail and not cut
        if "slow" in MODES:
            time.sleep(1)
        if cut:
            self.close_connection = True
            self.connection.close()
        elif fail or ("broken" in MODES and int(query.get("partNumber", 0)) > 1):
            self.refuse(500, "InternalError")
        elif "deny" in MODES:
            self.refuse(403, "AccessDenied", "no")
        else:
            return False
        return True

    def handle_any(self):
        if self.headers.get("Transfer-Encoding"):
            return self.refuse(501, "NotImplemented")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, text = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        if self.disturbed(query):
            return None
        wrong = expected_signature(self, body)
        if wrong:
            return self.refuse(403, wrong)
        name = urllib.parse.unquote(path).lstrip("/").replace("/", "__")
        return self.work(name, query, body)

    def work(self, name, query, body):
        upload = UPLOADS.get(query.get("uploadId"))
        if self.command == "POST" and "uploads" in query:
            number = f"upload-{len(UPLOADS) + 1}+/="
            UPLOADS[number] = {}
            self.remember(name)
            self.answer(200, f"<R><UploadId>{number}</UploadId></R>")
        elif self.command == "PUT" and "partNumber" in query and upload is not None:
            upload[int(query["partNumber"])] = body
            self.answer(200, headers=[("ETag", f'"{hashlib.md5(body).hexdigest()}"')])
        elif self.command == "POST" and upload is not None:
            numbers = [int(n) for n in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
            tags = re.findall(rb'<ETag>"([0-9a-f]+)"</ETag>', body)
            whole = [upload.get(n, b"") for n in numbers]
            fine = numbers == sorted(upload) and tags == [hashlib.md5(p).hexdigest().encode() for p in whole]
            if "late" in MODES or not fine:
                return self.refuse(200, "InternalError", "too late")
            (FOLDER / name).write_bytes(b"".join(whole))
            del UPLOADS[query["uploadId"]]
            self.answer(200, "<R></R>")
        elif self.command == "DELETE" and upload is not None:
            del UPLOADS[query["uploadId"]]
            self.answer(204)
        elif self.command == "PUT" and not query:
            (FOLDER / name).write_bytes(body)
            self.remember(name)
            self.answer(200)
        elif self.command == "GET" and not query:
            self.send_object(FOLDER / name)
        else:
            self.refuse(404, "NoSuchUpload")
        return None

    def send_object(self, path):
        if not path.is_file():
            return self.refuse(404, "NoSuchKey")
        data = path.read_bytes()
        tag = f'"{hashlib.md5(data).hexdigest()}"'
        if self.headers.get("If-Match", tag) != tag:
            return self.refuse(412, "PreconditionFailed")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not wanted or "whole" in MODES:
            return self.answer(200, data, [("ETag", tag)])
        begin, end = int(wanted[1]), min(int(wanted[2]) + 1, len(data))
        if begin >= len(data):
            return self.refuse(416, "InvalidRange")
        return self.answer(206, data[begin:end],
                           [("ETag", tag), ("Content-Range", f"bytes {begin}-{end - 1}/{len(data)}")])

    def remember(self, name):
        lines = [f"{n.lower()}: {v}\n" for n, v in self.headers.items() if n.lower().startswith("x-amz-meta-")]
        (FOLDER / (name + ".metadata")).write_text("".join(sorted(lines)))

    do_PUT = do_POST = do_DELETE = do_GET = handle_any


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"port {server.server_address[1]}\nready", flush=True)
server.serve_forever()
