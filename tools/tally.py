#!/usr/bin/env python3
"""Adds up what a CTest run found, and prints "passed failed skipped" on one line.

  tools/tally.py <build folder> <junit file written by ctest --output-junit>

A Google Test binary is one CTest test but counts as the tests in it, which it wrote to
<build folder>/test-results/<name>.xml. A binary that fails without saying which of its tests did
(it crashed, a sanitizer stopped it at exit) counts as one failure more.
"""

import pathlib
import sys
import xml.etree.ElementTree as ET


def count_cases(report):
    passed = failed = skipped = 0
    for case in report.iter("testcase"):
        if case.find("failure") is not None:
            failed += 1
        elif case.get("result") in ("skipped", "suppressed") or case.find("skipped") is not None:
            # A test of another shard, or one that GTEST_FILTER leaves out, is not ours to count.
            if case.get("status") == "run":
                skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    results = pathlib.Path(sys.argv[1]) / "test-results"
    passed = failed = skipped = 0
    for test in ET.parse(sys.argv[2]).iter("testcase"):
        status = test.get("status")
        if status in ("notrun", "disabled") and test.find("skipped") is not None:
            skipped += 1
            continue
        counts = (0, 0, 0)
        report = results / f"{test.get('name')}.xml"
        if report.exists():
            counts = count_cases(ET.parse(report))
        elif status == "run":
            counts = (1, 0, 0)
        if status != "run" and counts[1] == 0:
            counts = (counts[0], 1, counts[2])
        passed += counts[0]
        failed += counts[1]
        skipped += counts[2]
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
