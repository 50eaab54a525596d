"""A small app for the tests of `tidemark run`."""
import os


def app(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d\n" % os.getpid()]
