"""Runs the unittests below a folder and prints one JSON line for each: its id, its outcome, and why."""

import json
import sys
import unittest


class Reporter(unittest.TestResult):
    def tell(self, test, outcome, detail=""):
        print(json.dumps({"id": test.id(), "outcome": outcome, "detail": detail}), flush=True)

    def addSuccess(self, test):
        self.tell(test, "passed")

    def addFailure(self, test, error):
        self.tell(test, "failed", self._exc_info_to_string(error, test))

    def addError(self, test, error):
        self.tell(test, "failed", self._exc_info_to_string(error, test))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.tell(subtest, "failed", self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        self.tell(test, "skipped", reason)

    def addExpectedFailure(self, test, error):
        self.tell(test, "passed")

    def addUnexpectedSuccess(self, test):
        self.tell(test, "failed", "succeeded, though a failure is expected")


folder, top, pattern = (*sys.argv[1:], "test*.py")[:3]
unittest.defaultTestLoader.discover(folder, pattern, top_level_dir=top).run(Reporter())
